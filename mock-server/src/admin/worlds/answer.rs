//! What calls lead to, made beside the workers.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, ResponseError, web};
use serde::Serialize;

use crate::admin::problem::{Problem, problem};
use crate::founding::CreationError;
use crate::world::{SnapshotError, WorldError};

/// Media type of a ledger.
const JSON_LINES: &str = "application/jsonl";

/// What a call leads to, made beside the workers and sent by one of them.
pub(super) enum Answer {
    Nothing,
    Json(StatusCode, serde_json::Value),
    Created(String, serde_json::Value),
    Lines(Vec<u8>),
    Problem(Problem),
}

impl Answer {
    pub(super) fn into_response(self) -> HttpResponse {
        match self {
            Self::Nothing => HttpResponse::NoContent().finish(),
            Self::Json(status, value) => HttpResponse::build(status).json(value),
            Self::Created(at, value) => HttpResponse::Created().insert_header((LOCATION, at)).json(value),
            Self::Lines(text) => HttpResponse::Ok().content_type(JSON_LINES).body(text),
            Self::Problem(problem) => problem.error_response(),
        }
    }

    pub(super) fn of(error: &WorldError) -> Self {
        let status = match error {
            WorldError::Unknown { .. } | WorldError::Snapshot(SnapshotError::Unknown { .. }) => {
                StatusCode::NOT_FOUND
            }
            WorldError::Exists { .. }
            | WorldError::TooMany
            | WorldError::Default
            | WorldError::Snapshot(SnapshotError::TooMany) => StatusCode::CONFLICT,
            WorldError::Name { .. }
            | WorldError::Furniture(_)
            | WorldError::Import(_)
            | WorldError::NoFoundation => StatusCode::UNPROCESSABLE_ENTITY,
            WorldError::Ledger(_) | WorldError::Snapshot(SnapshotError::Ledger(_)) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        Self::Problem(Problem::new(status, error.to_string()))
    }

    pub(super) fn of_creation(error: &CreationError) -> Self {
        match error {
            CreationError::World(error) => Self::of(error),
            CreationError::Issue(_) => {
                Self::Problem(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))
            }
            CreationError::NotKept => Self::Problem(Problem::new(StatusCode::CONFLICT, error.to_string())),
            CreationError::NoRandomNumbers => {
                Self::Problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
            }
        }
    }
}

/// Does something beside the workers, which go on answering.
pub(super) async fn aside(work: impl FnOnce() -> Answer + Send + 'static) -> HttpResponse {
    match web::block(work).await {
        Ok(answer) => answer.into_response(),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

pub(super) fn answered<T: Serialize>(result: Result<T, WorldError>) -> Answer {
    match result {
        Ok(value) => Answer::Json(StatusCode::OK, to_json(&value)),
        Err(error) => Answer::of(&error),
    }
}

pub(super) fn to_json<T: Serialize>(value: &T) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
