//! onshi-mock as an image for Testcontainers (feature `testcontainers`).
//!
//! ```no_run
//! use onshi_client::testing::image::{OnshiImage, connect, testcontainers::runners::SyncRunner};
//! use serde_json::json;
//!
//! let container = OnshiImage::new("onshi-mock", "latest").start()?;
//! let mock = connect(&container)?;
//! let world = mock.world(json!({}))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;

/// The release of Testcontainers that this is made for.
pub use ::testcontainers;
use ::testcontainers::core::wait::HttpWaitStrategy;
use ::testcontainers::core::{ContainerPort, WaitFor};
use ::testcontainers::{Container, Image};

use super::container::{ADMIN, READY, SERVICE, UNREGISTERED};
use super::{Error, OnshiMock};

/// The variable that holds the token of the admin port.
const TOKEN: &str = "ONSHI_ADMIN_TOKEN";

const PORTS: [ContainerPort; 3] =
    [ContainerPort::Tcp(SERVICE), ContainerPort::Tcp(UNREGISTERED), ContainerPort::Tcp(ADMIN)];

/// An image of onshi-mock. Started, it is ready once everything in it listens.
#[derive(Debug, Clone)]
pub struct OnshiImage {
    name: String,
    tag: String,
    token: Option<String>,
}

impl OnshiImage {
    /// The image of this name and tag, as it was built or pushed where you are.
    #[must_use]
    pub fn new(name: impl Into<String>, tag: impl Into<String>) -> Self {
        Self { name: name.into(), tag: tag.into(), token: None }
    }

    /// Asks for a bearer token at the admin port, of at least 16 characters. [`connect`] presents it.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }
}

impl Image for OnshiImage {
    fn name(&self) -> &str {
        &self.name
    }

    fn tag(&self) -> &str {
        &self.tag
    }

    fn ready_conditions(&self) -> Vec<WaitFor> {
        let ready = HttpWaitStrategy::new(READY).with_port(ContainerPort::Tcp(ADMIN));
        vec![WaitFor::http(ready.with_expected_status_code(200_u16))]
    }

    fn env_vars(&self) -> impl IntoIterator<Item = (impl Into<Cow<'_, str>>, impl Into<Cow<'_, str>>)> {
        self.token.as_deref().map(|token| (TOKEN, token))
    }

    fn expose_ports(&self) -> &[ContainerPort] {
        &PORTS
    }
}

/// The onshi-mock in a started container, over the ports that it was given outside.
///
/// # Errors
/// [`Error::Container`] if it has no such ports, else as of [`OnshiMock::connect`].
pub fn connect(container: &Container<OnshiImage>) -> Result<OnshiMock, Error> {
    let host = container.get_host().map_err(Box::new)?;
    let at = |port| container.get_host_port_ipv4(port).map(|port| format!("{host}:{port}")).map_err(Box::new);
    let (admin, service) = (format!("http://{}", at(ADMIN)?), format!("https://{}", at(SERVICE)?));
    OnshiMock::connect(&admin, Some(&service), container.image().token.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(image: &OnshiImage) -> Vec<(String, String)> {
        let variables = image.env_vars().into_iter();
        variables.map(|(name, value)| (name.into().into_owned(), value.into().into_owned())).collect()
    }

    #[test]
    fn the_image_is_the_callers_and_exposes_both_lines_and_the_admin_port() {
        let image = OnshiImage::new("registry.example/onshi-mock", "1.0");
        assert_eq!((image.name(), image.tag()), ("registry.example/onshi-mock", "1.0"));
        assert_eq!(image.expose_ports(), [8443, 8444, 8080].map(ContainerPort::Tcp));
    }

    #[test]
    fn it_is_ready_when_it_says_so() {
        let conditions = OnshiImage::new("onshi-mock", "latest").ready_conditions();
        let [WaitFor::Http(ready)] = conditions.as_slice() else { panic!("{conditions:?}") };
        // It shows no port.
        assert!(format!("{ready:?}").contains("path: \"/readyz\", method: GET"), "{ready:?}");
    }

    #[test]
    fn it_is_told_a_token_only_if_there_is_one() {
        let image = OnshiImage::new("onshi-mock", "latest");
        assert_eq!(variables(&image), []);
        let image = image.with_token("sixteen letters!");
        assert_eq!(variables(&image), [(TOKEN.to_owned(), "sixteen letters!".to_owned())]);
    }

    #[test]
    #[ignore = "takes a Docker engine, and the name of an image in ONSHI_TEST_IMAGE"]
    fn a_container_is_started_and_asked() -> Result<(), Box<dyn std::error::Error>> {
        use ::testcontainers::runners::SyncRunner;

        let image = std::env::var("ONSHI_TEST_IMAGE")?;
        let (name, tag) = image.split_once(':').unwrap_or((&image, "latest"));
        let person = crate::Person {
            insurer: "06139992".to_owned(),
            symbol: Some("１２３".to_owned()),
            number: "４５６".to_owned(),
            branch: Some("00".to_owned()),
            born: "19800101".to_owned(),
        };
        for image in [OnshiImage::new(name, tag), OnshiImage::new(name, tag).with_token("sixteen letters!")] {
            let container = image.start()?;
            let world = connect(&container)?.world(serde_json::json!({}))?;
            let answer = world.client()?.qualification(&person)?;
            assert_eq!(answer.text("MessageBody/QualificationValidity").as_deref(), Some("1"));
            world.verify(
                &serde_json::json!({ "exactly": { "count": 1, "match": { "card": "employee-valid" } } }),
            )?;
        }
        Ok(())
    }
}
