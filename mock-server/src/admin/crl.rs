//! `/crl/{world}.pem` and `.der`: the revocation list of a world.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, ServiceConfig};

use super::Admin;
use super::api::world;
use super::problem::Problem;
use crate::office::Office;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(crl))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(web::resource("/crl/{list}").route(web::get().to(crl)));
}

/// The revocation list of a world, as of its time: `{world}.pem` or `{world}.der`.
#[utoipa::path(
    get, path = "/crl/{list}", tag = "certificates", operation_id = "crl",
    params(("list" = String, Path, description = "Name of the world with `.pem` or `.der`")),
    responses((status = 200, description = "The list, signed by the issuing CA.",
               content((String = "application/x-pem-file"), (Vec<u8> = "application/pkix-crl"))))
)]
async fn crl(admin: Data<Admin>, office: Data<Office>, path: Path<String>) -> Result<HttpResponse, Problem> {
    let Some((name, form @ ("pem" | "der"))) = path.rsplit_once('.') else {
        return Err(Problem::new(StatusCode::NOT_FOUND, "there is /crl/{world}.pem and /crl/{world}.der"));
    };
    let world = world(&admin, name)?;
    let list = office.revocation_list(&world, world.clock.now())?;
    let mut answer = HttpResponse::Ok();
    // Who keeps it may not see a revocation that was just made.
    answer.insert_header(("Cache-Control", "no-store"));
    Ok(match form {
        "pem" => answer.content_type("application/x-pem-file").body(list.pem().to_owned()),
        _ => answer.content_type("application/pkix-crl").body(list.der().to_vec()),
    })
}
