//! The image: built, looked into, and its root file system.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::base::{self, CARGO_HOME, TOOLCHAIN};
use super::buildah::Buildah;
use crate::command::{cargo, run};
use crate::{image, place};

const NAME: &str = "localhost/onshi-mock";
/// The stage that is kept, so that the next build here takes a minute instead of many.
const DEPENDENCIES: &str = "localhost/onshi-mock-dependencies";

/// A built image, and a container of it whose root file system can be seen.
pub(super) struct Image<'a> {
    buildah: &'a Buildah,
    container: String,
    /// The root file system.
    pub(super) root: PathBuf,
    /// `65534:65534`.
    pub(super) user: String,
    /// `NAME=value`.
    pub(super) environment: Vec<String>,
    pub(super) entrypoint: Vec<String>,
    /// The command of HEALTHCHECK.
    pub(super) healthcheck: Vec<String>,
    /// Paths inside.
    pub(super) volumes: Vec<String>,
}

impl<'a> Image<'a> {
    /// Builds the Dockerfile as it stands.
    pub(super) fn build(buildah: &'a Buildah) -> anyhow::Result<Self> {
        // The build takes the packages from here, so that it needs no network and nothing is fetched twice.
        run(&mut cargo(&["fetch", "--locked", "--quiet", "--target", "host-tuple"]))?;
        if buildah.keeps_layers() {
            bud(buildah, &["--layers", "--target", "dependencies", "--tag", DEPENDENCIES])?;
            bud(buildah, &["--layers", "--tag", NAME])?;
            buildah.text(&["rmi", "--prune"])?;
        } else {
            bud(buildah, &["--tag", NAME])?;
        }
        Self::open(buildah)
    }

    fn open(buildah: &'a Buildah) -> anyhow::Result<Self> {
        let container = buildah.text(&["from", "--pull-never", NAME])?;
        let root = buildah.text(&["mount", &container])?.into();
        let ask = |template: &str| -> anyhow::Result<Vec<String>> {
            let text = buildah.text(&["inspect", "--type=image", "--format", template, NAME])?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        let list = |of: &str| ask(&format!("{{{{range .Docker.Config.{of}}}}}{{{{println .}}}}{{{{end}}}}"));
        let healthcheck = list("Healthcheck.Test")?;
        Ok(Self {
            user: ask("{{.Docker.Config.User}}")?.concat(),
            environment: list("Env")?,
            entrypoint: list("Entrypoint")?,
            healthcheck: healthcheck.strip_prefix(&["CMD".to_owned()]).unwrap_or_default().to_vec(),
            volumes: ask("{{range $path, $_ := .Docker.Config.Volumes}}{{println $path}}{{end}}")?,
            buildah,
            container,
            root,
        })
    }

    /// The image as `docker save` would write it.
    pub(super) fn save(&self, archive: &Path) -> anyhow::Result<()> {
        image::forget(archive)?;
        let to = format!("docker-archive:{}:onshi-mock:latest", archive.display());
        self.buildah.text(&["push", "--quiet", NAME, &to]).map(drop)
    }
}

impl Drop for Image<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.buildah.text(&["rm", &self.container]) {
            eprintln!("left behind: {error:#}");
        }
    }
}

fn bud(buildah: &Buildah, arguments: &[&str]) -> anyhow::Result<()> {
    let home = cargo_home()?;
    let registry = home.join("registry");
    fs::create_dir_all(&registry).with_context(|| format!("cannot create {}", registry.display()))?;
    let volume = |from: &Path, to: &str| format!("--volume={}:{to}:ro", from.display());
    let mut command = buildah.command(&["bud", "--isolation=chroot", "--pull-never", "--format=docker"]);
    command.arg(format!("--build-arg=BUILD_IMAGE={}", base::NAME)).args(image::labels());
    command.arg(volume(&base::toolchain()?, TOOLCHAIN));
    command.arg(volume(&registry, &format!("{CARGO_HOME}/registry")));
    let configuration = home.join("config.toml");
    if configuration.is_file() {
        command.arg(volume(&configuration, &format!("{CARGO_HOME}/config.toml")));
    }
    run(command.args(arguments).arg(place::root()))
}

fn cargo_home() -> anyhow::Result<PathBuf> {
    let at_home = || std::env::home_dir().map(|home| home.join(".cargo"));
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(at_home).context("no home folder")
}
