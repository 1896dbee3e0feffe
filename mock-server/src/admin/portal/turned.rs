//! Forms that the desk turns away, as answers.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use messages::refusal::Bilingual;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::problem::{MEDIA_TYPE, Problem};
use crate::portal::Mistake;
use crate::portal::desk::Turned;

/// What is wrong with a form: every mistake, by field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct FormProblem {
    /// HTTP status.
    #[schema(minimum = 400, maximum = 499)]
    status: u16,
    /// The status in words.
    title: &'static str,
    /// What is wrong, in English.
    detail: String,
    /// What is wrong, in Japanese.
    detail_ja: String,
    /// The mistakes, in the order of the fields; none if the form goes against what is there already.
    mistakes: Vec<Mistake>,
}

/// Why a call to the portal has no other answer.
#[derive(Debug)]
pub(super) enum Away {
    /// The form.
    Form(FormProblem),
    /// Anything else.
    Other(Problem),
}

impl FormProblem {
    fn new(status: StatusCode, text: Bilingual, mistakes: Vec<Mistake>) -> Self {
        let title = status.canonical_reason().unwrap_or_default();
        let (detail, detail_ja) = (text.en.into_owned(), text.ja.into_owned());
        Self { status: status.as_u16(), title, detail, detail_ja, mistakes }
    }
}

impl From<Turned> for Away {
    fn from(turned: Turned) -> Self {
        Self::Form(match turned {
            Turned::Mistakes(mistakes) => {
                let text = Bilingual::made(
                    format!("入力に{}件の誤りがあります", mistakes.len()),
                    match mistakes.len() {
                        1 => "the form has 1 mistake".to_owned(),
                        number => format!("the form has {number} mistakes"),
                    },
                );
                FormProblem::new(StatusCode::UNPROCESSABLE_ENTITY, text, mistakes)
            }
            Turned::Conflict(text) => FormProblem::new(StatusCode::CONFLICT, text, Vec::new()),
            Turned::Denied(text) => FormProblem::new(StatusCode::FORBIDDEN, text, Vec::new()),
        })
    }
}

impl From<Vec<Mistake>> for Away {
    fn from(mistakes: Vec<Mistake>) -> Self {
        Turned::Mistakes(mistakes).into()
    }
}

impl From<Problem> for Away {
    fn from(problem: Problem) -> Self {
        Self::Other(problem)
    }
}

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(form) => f.write_str(&form.detail),
            Self::Other(problem) => problem.fmt(f),
        }
    }
}

impl ResponseError for Away {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Form(form) => StatusCode::from_u16(form.status).unwrap_or(StatusCode::BAD_REQUEST),
            Self::Other(problem) => problem.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Form(form) => HttpResponse::build(self.status_code()).content_type(MEDIA_TYPE).json(form),
            Self::Other(problem) => problem.error_response(),
        }
    }
}
