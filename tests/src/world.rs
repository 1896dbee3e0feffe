//! A world made over the API, and its client.

use certs::Identity;
use reqwest::Method;
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use crate::mock::plain_client;
use crate::{Mock, Reply, Who};

/// A world, and what its creation handed out.
#[derive(Debug)]
pub struct World {
    /// Its name.
    pub name: String,
    /// Everything that the creation answered.
    pub created: Value,
    /// Its terminal.
    pub identity: Identity,
}

impl World {
    /// What a creation or an import answered.
    ///
    /// # Panics
    /// If it was refused.
    #[must_use]
    pub fn of(reply: &Reply) -> Self {
        assert_eq!(reply.status, 201, "{}", reply.text());
        let created = reply.json();
        let text = |pointer: &str| created.pointer(pointer).unwrap().as_str().unwrap();
        let identity =
            Identity::from_pem(text("/certificate/certificate_pem"), text("/certificate/key_pem")).unwrap();
        Self { name: text("/name").to_owned(), identity, created }
    }

    /// Path of one of its resources on the admin port.
    #[must_use]
    pub fn path(&self, resource: &str) -> String {
        format!("/api/v1/worlds/{}{resource}", self.name)
    }

    /// Its terminal's HTTPS client.
    #[must_use]
    pub fn client(&self, mock: &Mock) -> Client {
        mock.client(Who::Holder(&self.identity))
    }
}

impl Mock {
    /// Makes a world.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn create(&self, what: &Value) -> World {
        World::of(&self.post("/api/v1/worlds", what))
    }

    /// A call of the admin port by any method, to be sent.
    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        plain_client().request(method, self.admin_url(path))
    }

    /// What the admin port answers to a POST with JSON.
    #[must_use]
    pub fn post(&self, path: &str, what: &Value) -> Reply {
        let call = self.call(Method::POST, path).header(CONTENT_TYPE, "application/json");
        Reply::of(call.body(what.to_string()).send().unwrap())
    }

    /// What the admin port answers to a DELETE.
    #[must_use]
    pub fn delete(&self, path: &str) -> Reply {
        Reply::of(self.call(Method::DELETE, path).send().unwrap())
    }

    /// The journal of a world, newest first.
    #[must_use]
    pub fn journal_of(&self, world: &World) -> Vec<Value> {
        self.admin(&world.path("/exchanges?limit=1000")).json()["exchanges"].as_array().unwrap().clone()
    }

    /// Sets the clock of a world.
    ///
    /// # Panics
    /// If it is refused.
    pub fn turn(&self, world: &World, how: &Value) -> Value {
        let reply = self.post(&world.path("/clock"), how);
        assert_eq!(reply.status, 200, "{how}: {}", reply.text());
        reply.json()
    }

    /// Asks the service for a message with a client of a world's.
    #[must_use]
    pub fn ask_as(&self, client: &Client, message: &str, body: &[u8]) -> Reply {
        let url = self.service_url(&format!("/oqs/{message}"));
        Reply::of(client.post(url).body(body.to_vec()).send().unwrap())
    }
}
