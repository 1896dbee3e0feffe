//! Online claims (オンライン請求): a separate system that shares network and certificate with qualification.
//!
//! It takes no claims. It answers whether line and certificate would be admitted there, so that the difference between
//! the two applications can be shown and tested (access.md 1.4). Paths and answers are our own, \[D].

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde_json::json;

use crate::exchange::caller::Caller;
use crate::exchange::{Answer, Service, http};
use crate::registered::Purpose;

/// Where claims are asked for.
pub const CONNECTION: &str = "/claims/v1/connection";

/// Routes of online claims.
pub fn routes(config: &mut web::ServiceConfig) {
    let resource = web::resource(CONNECTION);
    config.service(resource.route(web::get().to(connection)).route(web::post().to(connection)));
}

async fn connection(request: HttpRequest, payload: web::Payload, service: Data<Service>) -> HttpResponse {
    let caller = Caller::of(&request, &service);
    http::plain(&request, payload, &caller, Purpose::Claims, |admitted| {
        let body = json!({
            "admitted": true,
            "purpose": Purpose::Claims,
            "line": admitted.line.line.to_string(),
            "institution": admitted.certificate.institution,
            "certificate": admitted.certificate.facts.subject,
        });
        Answer::plain("application/json", body.to_string())
    })
    .await
}
