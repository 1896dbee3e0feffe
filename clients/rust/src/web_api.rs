//! The Web API: login with an account, then queries as JSON.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};
use serde_json::{Map, Value, json};

use crate::document::Element;
use crate::request::{qualification, today};
use crate::{Client, Error, Person};

const LOGIN: &str = "/oqs-api-pro/MSA12020/ILI12020SV01/auth";
const SEARCH: &str = "/oqs-api-pro/MSA01030/ILI01030SV01/search";
const JSON: [(HeaderName, &str); 2] =
    [(CONTENT_TYPE, "application/json;charset=UTF-8"), (ACCEPT, "application/json")];

/// A session of one account.
#[derive(Debug)]
pub struct WebApi<'a> {
    client: &'a Client,
    token: String,
}

impl<'a> WebApi<'a> {
    /// Logs in. `client` brings line, certificate and institution.
    ///
    /// # Errors
    /// [`Error::LoginRefused`], and all of [`Client`].
    pub fn login(client: &'a Client, user: &str, password: &str) -> Result<Self, Error> {
        // The names of the two members aren't public; these are onshi-mock's.
        let body = json!({ "userId": user, "password": password });
        let answer = post(client, LOGIN, &body, &JSON)?;
        let token = answer["result"]["idToken"].as_str().unwrap_or_default().to_owned();
        Ok(Self { client, token })
    }

    /// 資格確認 as JSON: the content of `XmlMsg`.
    ///
    /// # Errors
    /// [`Error::LoginRefused`] when the token has ended, and all of [`Client`].
    pub fn search(&self, person: &Person) -> Result<Value, Error> {
        let request = qualification(self.client.institution(), person, &today(), None);
        let message = json!({ "XmlMsg": {
            "MessageHeader": members(&request.header), "MessageBody": members(&request.body),
        } });
        // The id token stands as it is, without "Bearer".
        let [content_type, accept] = JSON;
        let headers = [content_type, accept, (AUTHORIZATION, self.token.as_str())];
        let mut answer = post(self.client, SEARCH, &message, &headers)?;
        let answer = answer["XmlMsg"].take();
        let header = &answer["MessageHeader"];
        if header["SegmentOfResult"] == "9" {
            let said = |name: &str| header[name].as_str().unwrap_or_default().to_owned();
            return Err(Error::Rejected { code: said("ErrorCode"), message: said("ErrorMessage") });
        }
        Ok(answer)
    }
}

fn post(client: &Client, path: &str, body: &Value, headers: &[(HeaderName, &str)]) -> Result<Value, Error> {
    let reply = client.post(path, body.to_string().as_bytes(), headers)?;
    let no_json = |error: serde_json::Error| Error::BadRequest { label: None, message: error.to_string() };
    serde_json::from_slice(&reply.body).map_err(no_json)
}

fn members(elements: &[Element]) -> Map<String, Value> {
    let member = |element: &Element| match element {
        Element::Text(name, text) => ((*name).to_owned(), Value::from(text.as_str())),
        Element::Group(name, elements) => ((*name).to_owned(), members(elements).into()),
    };
    elements.iter().map(member).collect()
}
