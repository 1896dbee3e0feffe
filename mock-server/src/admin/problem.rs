//! What is wrong with a call, as `application/problem+json` (RFC 9457).

use std::fmt;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::openapi;
use crate::failure;

/// Media type of problems.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// What is wrong with a call. As an error of a handler it becomes the answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Problem {
    /// HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// The status in words.
    title: &'static str,
    /// What is wrong, and how to mend it.
    detail: String,
    /// Our own code of the failure, `X999`: onshi-mock itself failed, and no simulation carries it.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'static str>,
    /// The nearest path that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<String>,
}

impl Problem {
    /// A problem with a status of 400 or above.
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status: status.as_u16(),
            title: status.canonical_reason().unwrap_or_default(),
            detail: detail.into(),
            label: status.is_server_error().then_some(failure::LABEL),
            nearest: None,
        }
    }

    /// The same, with a path that exists and may have been meant.
    pub(super) fn nearest(mut self, path: Option<String>) -> Self {
        self.nearest = path;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if self.label.is_some() {
            response.insert_header((failure::HEADER, "1"));
        }
        response.content_type(MEDIA_TYPE).json(self)
    }
}

/// An answer that says what is wrong.
pub(super) fn problem(status: StatusCode, detail: &str) -> HttpResponse {
    Problem::new(status, detail).error_response()
}

/// A JSON body that cannot be taken.
pub(super) fn json(error: JsonPayloadError, _: &HttpRequest) -> actix_web::Error {
    if matches!(error, JsonPayloadError::ContentType) {
        let detail = "send the body as `Content-Type: application/json`";
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail).into();
    }
    let status = error.status_code();
    // The framework's own words before the reason say nothing.
    let reason = if let JsonPayloadError::Deserialize(reason) = &error {
        reason.to_string()
    } else {
        error.to_string()
    };
    Problem::new(status, format!("the body: {reason}")).into()
}

/// A query that cannot be read.
pub(super) fn query(error: QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    Problem::new(StatusCode::BAD_REQUEST, format!("the query: {error}")).into()
}

/// A path whose parameters cannot be read.
pub(super) fn path(error: PathError, _: &HttpRequest) -> actix_web::Error {
    Problem::new(StatusCode::BAD_REQUEST, format!("the path: {error}")).into()
}

/// Turns what the framework refuses by itself (a method, a body that is too large) into problems.
pub(super) async fn explain(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Ok(called) = failure::caught(next.call(request)).await else {
        return Err(Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "onshi-mock itself failed; its log says where",
        )
        .into());
    };
    let answer = called?.map_into_boxed_body();
    let status = answer.status();
    let is_problem = answer.headers().get(CONTENT_TYPE).is_some_and(|is| is == MEDIA_TYPE);
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
        return Ok(answer);
    }
    let (request, refused) = answer.into_parts();
    let response = if status == StatusCode::METHOD_NOT_ALLOWED {
        method_not_allowed(&request)
    } else {
        let reason = || status.canonical_reason().unwrap_or_default().to_owned();
        problem(status, &refused.error().map_or_else(reason, ToString::to_string))
    };
    Ok(ServiceResponse::new(request, response))
}

fn method_not_allowed(request: &HttpRequest) -> HttpResponse {
    let pattern = request.match_pattern().unwrap_or_default();
    let allowed = openapi::methods(&pattern).join(", ");
    let detail = format!("{} is not allowed here; allowed: {allowed}", request.method());
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, &detail);
    if let Ok(value) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::{App, test, web};

    use super::*;

    #[actix_web::test]
    async fn a_handler_that_panics_is_our_own_failure_and_says_so() {
        async fn panics() -> HttpResponse {
            panic!("on purpose")
        }
        let app = App::new().service(web::scope("").wrap(from_fn(explain)).route("/", web::get().to(panics)));
        let app = test::init_service(app).await;
        let error = test::try_call_service(&app, test::TestRequest::get().to_request()).await.unwrap_err();
        let answer = error.error_response();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer.headers().contains_key(failure::HEADER));
        assert_eq!(answer.headers().get(CONTENT_TYPE).unwrap(), MEDIA_TYPE);
        let body = actix_web::body::to_bytes(answer.into_body()).await.unwrap();
        let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(problem["label"], failure::LABEL);
        assert!(!problem.to_string().contains("on purpose"), "what it was is for the log");
    }

    #[actix_web::test]
    async fn what_an_extractor_refuses_by_itself_becomes_a_problem() {
        async fn takes(_: web::Bytes) -> HttpResponse {
            HttpResponse::Ok().finish()
        }
        let scope = web::scope("").wrap(from_fn(explain)).app_data(web::PayloadConfig::new(3));
        let app = test::init_service(App::new().service(scope.route("/", web::post().to(takes)))).await;
        let call = test::TestRequest::post().set_payload("four").to_request();
        let answer = test::call_service(&app, call).await;
        assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(answer.headers().get(CONTENT_TYPE).unwrap(), MEDIA_TYPE);
    }
}
