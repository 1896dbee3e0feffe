//! Nothing is acknowledged that a power cut could still take: the answer to a request waits for the disk.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};
use serde_json::json;

use crate::failure;
use crate::ledger::Syncer;

/// Lets an answer leave once everything that was written while it was made is on the disk. A request that changes
/// nothing, while nobody else does, doesn't wait.
///
/// # Errors
/// Those of the room that answers.
pub async fn settled(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let syncer = request.app_data::<Data<Syncer>>().cloned();
    let before = syncer.as_ref().map(|syncer| syncer.written());
    let response = next.call(request).await?.map_into_boxed_body();
    if let (Some(syncer), Some(before)) = (syncer, before)
        && let Err(error) = syncer.settled(before).await
    {
        let failed = HttpResponse::InternalServerError()
            .insert_header((failure::HEADER, "1"))
            .content_type("application/problem+json")
            .json(json!({
                "status": 500, "title": "Internal Server Error", "detail": error.to_string(), "label": failure::LABEL,
            }));
        return Ok(response.into_response(failed));
    }
    Ok(response)
}
