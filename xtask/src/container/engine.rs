//! Runs the image as an engine would with `--network none`: namespaces for mounts, processes and network, the image's
//! environment and user, volumes.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::buildah::folder;
use super::image::Image;
use crate::command::{bytes, text};

/// What an engine puts first into the environment.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(2);

/// Everything up to the program itself. Arguments: root, `ro` or `rw`, pairs of folder and mount point, `--`, and what
/// comes behind `env -i`.
const SCRIPT: &str = r#"
set -e
root=$1; mode=$2; shift 2
ip link set lo up
mount --bind "$root" "$root"
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; shift 2; done; shift
mount -t proc proc "$root/proc"
[ "$mode" = rw ] || mount -o remount,bind,ro "$root"
exec env -i "$@"
"#;

/// How to run it: what `docker run` has flags for.
#[derive(Default)]
pub(super) struct Flags<'a> {
    /// `--user`
    pub(super) user: Option<&'a str>,
    /// `--read-only`
    pub(super) read_only: bool,
    /// `--volume`: folder here, mount point inside.
    pub(super) volume: Option<(&'a Path, &'a str)>,
    /// What comes behind the image's name.
    pub(super) arguments: &'a [&'a str],
}

/// A container that runs.
pub(super) struct Container<'a> {
    image: &'a Image<'a>,
    user: String,
    runner: Child,
    /// Own folder with `stdout`, `stderr` and the volumes.
    place: PathBuf,
    started: Instant,
}

impl<'a> Container<'a> {
    pub(super) fn start(image: &'a Image<'a>, name: &str, flags: &Flags) -> anyhow::Result<Self> {
        let place = fresh(name)?;
        fs::create_dir_all(image.root.join("proc"))?;
        let user = flags.user.unwrap_or(&image.user).to_owned();
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "--pid", "--fork", "--kill-child=KILL", "sh", "-c", SCRIPT, "sh"]);
        command.arg(&image.root).arg(if flags.read_only { "ro" } else { "rw" });
        for (folder, point) in volumes(image, &place, flags)? {
            command.arg(folder).arg(point);
        }
        command.arg("--").args(inside(image, &user)).args(&image.entrypoint).args(flags.arguments);
        command.env_clear().envs(PATH.split_once('='));
        command.stdout(File::create(place.join("stdout"))?).stderr(File::create(place.join("stderr"))?);
        let started = Instant::now();
        let runner = command.spawn().context("cannot run unshare")?;
        Ok(Self { image, user, runner, place, started })
    }

    pub(super) fn image(&self) -> &Image<'a> {
        self.image
    }

    /// Waits for the ready line, and tells how long it took.
    pub(super) fn ready(&mut self) -> anyhow::Result<Duration> {
        loop {
            if self.stdout()?.starts_with("onshi-mock ready ") {
                return Ok(self.started.elapsed());
            }
            let ended = self.runner.try_wait()?;
            if ended.is_some() || self.started.elapsed() > PATIENCE {
                bail!(
                    "no ready line{}; stderr:\n{}",
                    ended.map_or(String::new(), |e| format!(", {e}")),
                    self.stderr()?
                );
            }
            sleep(PAUSE);
        }
    }

    /// `docker exec`: what the command writes to stdout.
    pub(super) fn exec(&self, program: &[String]) -> anyhow::Result<Vec<u8>> {
        let mut command = Command::new("nsenter");
        command.args(["--mount", "--net", "--pid", "--target"]).arg(self.process()?.to_string());
        command.args(["env", "-i"]).args(inside(self.image, &self.user)).args(program);
        bytes(&mut command)
    }

    /// `docker stop`, without its patience: the status it ended with.
    pub(super) fn terminate(&mut self) -> anyhow::Result<ExitStatus> {
        text(Command::new("kill").args(["-TERM", &self.process()?.to_string()]))?;
        self.end()
    }

    /// Waits until it has ended by itself.
    pub(super) fn end(&mut self) -> anyhow::Result<ExitStatus> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.runner.try_wait()? {
                return Ok(status);
            }
            ensure!(began.elapsed() < PATIENCE, "it has not ended after {} s", PATIENCE.as_secs());
            sleep(PAUSE);
        }
    }

    /// Its memory: what it holds for itself, and what is resident besides, which are pages of the program's file.
    pub(super) fn memory(&self) -> anyhow::Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process()?))?;
        let kilobytes = |name: &str| -> anyhow::Result<u64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
            Ok(number.with_context(|| format!("no {name}"))?.parse()?)
        };
        Ok(Memory { own: kilobytes("RssAnon")? + kilobytes("RssShmem")?, mapped: kilobytes("RssFile")? })
    }

    /// A path inside, seen from here.
    pub(super) fn path(&self, inside: &str) -> anyhow::Result<PathBuf> {
        Ok(format!("/proc/{}/root{inside}", self.process()?).into())
    }

    pub(super) fn stdout(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.place.join("stdout"))?)
    }

    pub(super) fn stderr(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.place.join("stderr"))?)
    }

    /// The number of its first process, as seen from here.
    fn process(&self) -> anyhow::Result<u32> {
        let runner = self.runner.id();
        let children = fs::read_to_string(format!("/proc/{runner}/task/{runner}/children"))?;
        children.trim().parse().context("the container has ended")
    }
}

/// Kilobytes of memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// Its own.
    pub(super) own: u64,
    /// Pages of files, which the system can drop at any time.
    pub(super) mapped: u64,
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.runner.kill().ok();
        self.runner.wait().ok();
    }
}

/// Waits until a file is there whole, and reads it.
pub(super) fn wait_for(path: &Path) -> anyhow::Result<Vec<u8>> {
    let began = Instant::now();
    loop {
        match fs::read(path) {
            Ok(bytes) => return Ok(bytes),
            Err(_) if began.elapsed() < PATIENCE => sleep(PAUSE),
            Err(error) => return Err(error).with_context(|| format!("no file {}", path.display())),
        }
    }
}

/// Writes a file as careful programs do: under another name first.
pub(super) fn drop_file(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let draft = path.with_extension("tmp");
    File::create(&draft)?.write_all(content)?;
    Ok(fs::rename(draft, path)?)
}

/// An empty folder.
pub(super) fn fresh(name: &str) -> anyhow::Result<PathBuf> {
    let place = folder().join("runs").join(name);
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| format!("cannot empty {}", place.display()))?;
    }
    fs::create_dir_all(&place)?;
    Ok(place)
}

/// What follows `env -i` on the way into the container: environment, user and root.
fn inside(image: &Image, user: &str) -> Vec<String> {
    let mut words = vec![PATH.to_owned(), "HOME=/".to_owned()];
    words.extend(image.environment.iter().cloned());
    words.extend(["chroot".to_owned(), format!("--userspec={user}"), image.root.display().to_string()]);
    words
}

/// The folders behind the mount points: those chosen, else new ones that take over owner and mode from the image.
fn volumes(image: &Image, place: &Path, flags: &Flags) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let mut volumes = Vec::new();
    for point in &image.volumes {
        if let Some((folder, _)) = flags.volume.filter(|(_, at)| at == point) {
            volumes.push((folder.to_owned(), point.clone()));
            continue;
        }
        let folder = place.join("volume").join(point.trim_start_matches('/'));
        fs::create_dir_all(folder.parent().context("a volume at /")?)?;
        text(
            Command::new("cp")
                .arg("--archive")
                .arg(image.root.join(point.trim_start_matches('/')))
                .arg(&folder),
        )?;
        volumes.push((folder, point.clone()));
    }
    Ok(volumes)
}
