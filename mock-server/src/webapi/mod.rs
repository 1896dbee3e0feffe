//! The Web API: login, then queries as JSON with the id token (messages.md 6).
//!
//! The paths are the public ones; the names inside the login are our own (\[D], gaps.md 1.12). It stands behind the
//! same two gates as everything on the service port.

mod refused;
mod token;

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use messages::charset::Encoding;
use messages::dialect::Door;
use messages::id::MessageId;
use serde::{Deserialize, Serialize};

use crate::exchange::Service;
use crate::exchange::caller::Caller;
use crate::exchange::http::{self, Arrived, discard, exchange};
use crate::exchange::{Wire, answering};
use crate::reason::Reason;
use refused::WebRefused;
use token::{Kind, Token};

/// Path of the login.
pub const LOGIN: &str = "/oqs-api-pro/MSA12020/ILI12020SV01/auth";
/// Path of the query.
pub const SEARCH: &str = "/oqs-api-pro/MSA01030/ILI01030SV01/search";

/// Routes of the Web API.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route(LOGIN, web::post().to(login)).route(SEARCH, web::post().to(search));
}

pub use token::TokenKey;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Credentials {
    user_id: String,
    password: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LoggedIn {
    access_token: String,
    refresh_token: String,
    id_token: String,
    /// Encoding of the institution's answers in files, as CharacterCodeIdentifier writes it.
    link_sys_char_cd: &'static str,
}

async fn login(
    request: HttpRequest,
    body: Bytes,
    service: Data<Service>,
    key: Data<TokenKey>,
) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    match logged_in(&caller, &request, &body, &key) {
        Ok(result) => {
            let admitted = caller.admit().ok();
            let reasons = admitted.iter().flat_map(Reason::of_admission).collect();
            http::note(&request, &caller, 200, None, reasons);
            HttpResponse::Ok()
                .content_type("application/json; charset=UTF-8")
                .json(serde_json::json!({ "status": "success", "msg": "", "result": result }))
        }
        Err(refused) => refuse(&refused, &caller, &request),
    }
}

fn logged_in(
    caller: &Caller,
    request: &HttpRequest,
    body: &[u8],
    key: &TokenKey,
) -> Result<LoggedIn, WebRefused> {
    let admitted = caller.admit().map_err(WebRefused::Gate)?;
    is_json(request)?;
    let credentials: Credentials =
        serde_json::from_slice(body).map_err(|error| WebRefused::Body(error.to_string()))?;
    let account = caller.world.accounts.of(&credentials.user_id).ok_or(WebRefused::Login)?;
    let same = account.password.len() == credentials.password.len()
        && openssl::memcmp::eq(account.password.as_bytes(), credentials.password.as_bytes());
    if !same || account.institution != admitted.certificate.institution {
        return Err(WebRefused::Login);
    }
    let rules = &caller.world.dialect().accounts;
    if !rules.roles.value.may_enter(account.role, Door::WebApi) {
        return Err(WebRefused::Role);
    }
    let sign = |kind, minutes: u32| {
        let token = Token::new(kind, caller.world.birth(), &account.id, caller.now, minutes);
        caller.world.tokens.until(token.until);
        token.signed(key).ok_or(WebRefused::Failed)
    };
    Ok(LoggedIn {
        access_token: sign(Kind::Access, rules.token_minutes.value)?,
        refresh_token: sign(Kind::Refresh, rules.refresh_token_minutes.value)?,
        id_token: sign(Kind::Id, rules.token_minutes.value)?,
        link_sys_char_cd: match Encoding::from(caller.world.dialect().answers.encoding.value) {
            Encoding::Utf8 => "0",
            Encoding::ShiftJis => "1",
        },
    })
}

async fn search(
    request: HttpRequest,
    mut payload: web::Payload,
    service: Data<Service>,
    key: Data<TokenKey>,
) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    let role = match authorized(&caller, &request, &key) {
        Ok(role) => role,
        Err(refused) => {
            discard(&mut payload).await;
            return refuse(&refused, &caller, &request);
        }
    };
    let arrived = Arrived { id: MessageId::OqsSiQuc01, role, wire: Wire::Json };
    exchange(&request, payload, &caller, Ok(arrived)).await
}

fn authorized(
    caller: &Caller,
    request: &HttpRequest,
    key: &TokenKey,
) -> Result<messages::dialect::Role, WebRefused> {
    let admitted = caller.admit().map_err(WebRefused::Gate)?;
    is_json(request)?;
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.ok_or(WebRefused::NoToken)?;
    let token = Token::verified(token, key);
    let token = token.filter(|token| token.kind == Kind::Id && token.world == caller.world.birth());
    let token = token.ok_or(WebRefused::BadToken)?;
    if token.until <= caller.now {
        return Err(WebRefused::ExpiredToken);
    }
    let account = caller.world.accounts.of(&token.account).ok_or(WebRefused::BadToken)?;
    if account.institution != admitted.certificate.institution {
        return Err(WebRefused::BadToken);
    }
    Ok(account.role)
}

fn is_json(request: &HttpRequest) -> Result<(), WebRefused> {
    if request.content_type() == "application/json" { Ok(()) } else { Err(WebRefused::ContentType) }
}

/// The refusal, which the journal tells as well; never what was sent, since it may hold a password.
fn refuse(refused: &WebRefused, caller: &Caller, request: &HttpRequest) -> HttpResponse {
    if let WebRefused::Gate(refused) = refused {
        return http::turn_away(request, caller, *refused);
    }
    let refusal = refused.refusal();
    let reasons = vec![Reason::Request(refusal.reason.clone())];
    http::note(request, caller, refusal.status, Some(refused.label()), reasons);
    answering::respond(refusal.status, ("application/json; charset=UTF-8", refused.body(&refusal).into()))
}
