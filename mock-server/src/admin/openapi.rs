//! `/openapi.json`: the OpenAPI 3.1 document, put together from the modules and served from the binary.
//!
//! What every guarded call may answer is added here, so that no module declares it again.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, ServiceConfig};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::MODULES;
use super::problem::Problem;

/// Methods that the document can tell of.
const METHODS: [&str; 5] = ["get", "head", "post", "put", "delete"];

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let value = assembled();
    let bytes = serde_json::to_vec_pretty(&value).unwrap_or_default().into();
    let paths = value.get("paths").and_then(Value::as_object).into_iter().flatten();
    let operations = paths.map(|(path, item)| (path.clone(), methods_of(item))).collect();
    Document { value, bytes, operations }
});

struct Document {
    value: Value,
    bytes: Bytes,
    operations: Vec<(String, Vec<&'static str>)>,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "onshi-mock",
        description = "The admin port: worlds, what happens in them, and what happened. Everything under \
                       `/api/v1/worlds/{world}` belongs to one world; the first is `default`.",
    ),
    components(schemas(Problem))
)]
struct Base;

/// What the OpenAPI says of this module.
#[derive(OpenApi)]
#[openapi(paths(document_itself))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/openapi.json").route(web::get().to(document_itself)));
}

/// This document.
#[utoipa::path(
    get, path = "/openapi.json", tag = "api",
    responses((status = 200, description = "The OpenAPI 3.1 document.", body = Object))
)]
async fn document_itself() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.bytes.clone())
}

/// The OpenAPI document of the admin port.
#[must_use]
pub fn document() -> &'static Value {
    &DOCUMENT.value
}

/// The paths that exist, with their parameters in braces.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    DOCUMENT.operations.iter().map(|(path, _)| path.as_str())
}

/// Methods that a path takes, in capitals; the path as it is declared.
pub(super) fn methods(path: &str) -> Vec<String> {
    let found = DOCUMENT.operations.iter().find(|(own, _)| own == path);
    found.into_iter().flat_map(|(_, methods)| methods).map(|method| method.to_ascii_uppercase()).collect()
}

fn methods_of(item: &Value) -> Vec<&'static str> {
    METHODS.into_iter().filter(|method| item.get(method).is_some()).collect()
}

fn assembled() -> Value {
    let whole = MODULES.iter().fold(Base::openapi(), |whole, (_, api)| whole.merge_from(api()));
    let mut whole = serde_json::to_value(whole).unwrap_or_default();
    if let Some(paths) = whole.get_mut("paths").and_then(Value::as_object_mut) {
        sort(paths);
        for (path, item) in paths.iter_mut().filter(|(path, _)| !is_open(path)) {
            for method in METHODS {
                if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                    operation.insert("operationId".to_owned(), operation_id(method, path).into());
                    add_common_responses(path, operation);
                }
            }
        }
    }
    if let Some(schemas) = whole.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        sort(schemas);
    }
    whole
}

/// A name that no other operation has: `get_worlds_exchanges_by_number`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.trim_start_matches("/api/v1").replace("{world}", "one");
    let letters = path.replace('{', "by_");
    let words =
        letters.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.fold(method.to_owned(), |name, word| name + "_" + word)
}

/// Health answers whoever asks, and can't be asked wrongly.
fn is_open(path: &str) -> bool {
    matches!(path, "/livez" | "/readyz")
}

/// By name, so that the order of the modules says nothing.
fn sort(members: &mut Map<String, Value>) {
    let mut sorted: Vec<_> = std::mem::take(members).into_iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    members.extend(sorted);
}

fn add_common_responses(path: &str, operation: &mut Map<String, Value>) {
    let has_body = operation.contains_key("requestBody");
    let has_parameters = operation.contains_key("parameters");
    let common = [
        (true, "401", "The admin token is missing or wrong."),
        (true, "403", "The call comes from a page of another origin."),
        (true, "421", "The host name is unknown."),
        (true, "500", "onshi-mock itself failed: the header `onshi-mock-failure` says so."),
        (has_body || has_parameters, "400", "The call cannot be read."),
        (path.contains('{'), "404", "There is no such thing."),
        (has_body, "413", "The body is too large."),
        (has_body, "415", "The body's media type is not the one expected."),
    ];
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    for response in responses.values_mut() {
        tell_problems(response);
    }
    for (_, status, description) in common.into_iter().filter(|(may, ..)| *may) {
        let problem = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
        let response =
            || json!({ "description": description, "content": { "application/problem+json": problem } });
        responses.entry(status).or_insert_with(response);
    }
    sort(responses);
}

/// A problem that a module declares has the media type of problems, without the module saying so.
fn tell_problems(response: &mut Value) {
    let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) else { return };
    let is_problem = |media: &Value| {
        media.pointer("/schema/$ref").is_some_and(|shape| shape == "#/components/schemas/Problem")
    };
    if content.get("application/json").is_some_and(is_problem)
        && let Some(media) = content.remove("application/json")
    {
        content.insert("application/problem+json".to_owned(), media);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_the_one_of_docs() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
        let mut now = DOCUMENT.bytes.to_vec();
        now.push(b'\n');
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &now).unwrap();
        }
        let golden = std::fs::read(path).unwrap_or_default();
        assert!(golden == now, "docs/openapi.json is not current; UPDATE_GOLDEN=1 renews it");
    }

    #[test]
    fn the_parameters_of_a_path_are_those_in_its_braces() {
        for (path, item) in DOCUMENT.value["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let mut declared: Vec<_> = parameters
                    .filter(|parameter| parameter["in"] == "path")
                    .map(|parameter| parameter["name"].as_str().unwrap())
                    .collect();
                let braces = path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap());
                let mut expected: Vec<_> = braces.collect();
                declared.sort_unstable();
                expected.sort_unstable();
                assert_eq!(
                    declared, expected,
                    "{method} {path}; a query needs #[into_params(parameter_in = Query)]"
                );
            }
        }
    }

    #[test]
    fn no_two_modules_give_one_name_to_two_shapes() {
        let mut shapes: std::collections::HashMap<String, Value> = std::collections::HashMap::new();
        let mut twice = std::collections::BTreeSet::new();
        for (_, api) in MODULES {
            let api = serde_json::to_value(api()).unwrap();
            for (name, shape) in
                api.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten()
            {
                if shapes.entry(name.clone()).or_insert_with(|| shape.clone()) != shape {
                    twice.insert(name.clone());
                }
            }
        }
        assert!(twice.is_empty(), "{twice:?}: name one of them otherwise, with #[schema(as = …)]");
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
        let text = std::str::from_utf8(&DOCUMENT.bytes).unwrap();
        for reference in text.split("\"$ref\": \"#").skip(1) {
            let pointer = reference.split('"').next().unwrap();
            assert!(DOCUMENT.value.pointer(pointer).is_some(), "{pointer}");
        }
        let mut names: Vec<_> =
            text.split("\"operationId\": \"").skip(1).map(|rest| rest.split('"').next()).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "{names:?}");
    }
}
