//! A visit at the terminal's own card reader: `POST /terminal/v1/visits`.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use messages::refusal::{Bilingual, Refusal, Step};

use super::terminal;
use crate::exchange::caller::Caller;
use crate::exchange::http::turn_away;
use crate::exchange::{Service, answering};
use crate::reader::{VisitError, play};
use crate::services::reader::Visit;

pub(super) async fn visit(request: HttpRequest, service: Data<Service>, visit: Json<Visit>) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    let terminal = match terminal(&caller) {
        Ok(terminal) => terminal,
        Err(refused) => return turn_away(&request, &caller, refused),
    };
    match play(&caller.world, &terminal, &visit) {
        Ok(outcome) => HttpResponse::Ok().json(outcome),
        Err(error) => {
            let refusal = refusal(&error);
            answering::respond(refusal.status, answering::body(&refusal, &request))
        }
    }
}

fn refusal(error: &VisitError) -> Refusal {
    let (status, label, ja) = match error {
        VisitError::NoCard(_) => (StatusCode::UNPROCESSABLE_ENTITY, "X908", "そのテストカードはありません"),
        VisitError::NoTerminal { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "X909", "その端末はありません"),
        VisitError::NoRandomNumbers | VisitError::Ledger(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "X999", "onshi-mock 自身の障害です")
        }
    };
    Refusal {
        status: status.as_u16(),
        label: label.into(),
        step: Step::Service,
        reason: Bilingual::made(format!("{ja}（{error}）"), error.to_string()),
        mend: Bilingual::fixed(
            "onshi-mock cards でテストカードの一覧を確認してください",
            "see the list of test cards: onshi-mock cards",
        ),
    }
}
