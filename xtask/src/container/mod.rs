//! `cargo xtask container-test`: the image built without a container engine, run, and checked.
//!
//! `buildah` builds the Dockerfile with no more isolation than a chroot, on a base made here by `debootstrap`; a few
//! namespaces and a chroot play the engine that runs it.

mod base;
mod buildah;
mod checks;
mod engine;
mod ground;
mod image;

use crate::steps::Step;

pub(crate) const STEP: Step = Step {
    name: "container",
    does: "the image, built without a container engine, run and checked",
    job: test,
};

fn test() -> anyhow::Result<()> {
    ground::check()?;
    let buildah = buildah::Buildah::open()?;
    base::provide(&buildah)?;
    let image = image::Image::build(&buildah)?;
    checks::run(&image)
}
