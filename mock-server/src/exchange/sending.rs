//! How a planned answer leaves: later, slowly, in part, or not at all.
//!
//! A body that ends with an error makes HTTP close its connection; that is how an answer breaks off.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::{BodySize, MessageBody};
use actix_web::http::StatusCode;
use actix_web::rt::time::{self, Sleep};
use actix_web::web::Bytes;
use jiff::Timestamp;
use messages::channel::{HABIT_HEADER, NOW_HEADER};
use messages::value::InstitutionCode;
use scenarios::script::{Drip, Reorder, ResetPoint, Then};

use super::Answer;
use crate::script::Plan;
use crate::tls::Cut;
use crate::world::World;

/// Fast drips send a piece in each of these; slow ones a byte at a time.
const TICK: Duration = Duration::from_millis(50);

/// The status that reaches the client, if any does.
pub(super) fn status(then: &Then) -> u16 {
    if then.no_answer.is_some() || then.reset == Some(ResetPoint::BeforeHeaders) {
        return 0;
    }
    then.http_status.unwrap_or(200)
}

/// The body where the message isn't sent: a short text beside another status, or nothing.
pub(super) fn without_message(then: &Then) -> (&'static str, Bytes) {
    let status = then.http_status.and_then(|status| StatusCode::from_u16(status).ok());
    // These never have a body.
    let status = status.filter(|status| !matches!(status.as_u16(), 204 | 205 | 304));
    let text = status.map(|status| format!("{status}\n")).unwrap_or_default();
    ("text/plain; charset=utf-8", text.into())
}

/// Whether later answers to the same institution leave first.
pub(super) fn lets_others_pass(then: &Then) -> bool {
    matches!(then.reorder, Some(Reorder::Answers { .. }))
}

/// Waits as long as the plan says: for its time, and for later answers to the same institution.
pub(super) async fn wait(plan: &Plan, world: &World, institution: &InstitutionCode) {
    let behind = match plan.then.reorder {
        Some(Reorder::Answers { behind, at_most }) => {
            Some((behind, at_most, world.departures.of(institution)))
        }
        Some(Reorder::Elements | Reorder::Items) | None => None,
    };
    if !plan.delay.is_zero() {
        time::sleep(plan.delay).await;
    }
    if let Some((behind, at_most, mut count)) = behind {
        let enough = *count.borrow() + u64::from(behind);
        // Out of time, the answer leaves before those that it waited for.
        let _ = time::timeout(at_most.duration(), count.wait_for(|count| *count >= enough)).await;
    }
}

/// The answer as it leaves, at the world's time `now`. `cut` resets its connection.
pub(super) async fn respond(answer: &Answer, now: Timestamp, cut: Option<Cut>) -> HttpResponse {
    let (then, body) = (&answer.plan.then, answer.body.clone());
    if let Some(time) = then.no_answer {
        time::sleep(time).await;
        return HttpResponse::Ok().body(Paced::broken(Bytes::new(), 0, None).at_once());
    }
    let status = then.http_status.and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = HttpResponse::build(status.unwrap_or(StatusCode::OK));
    response.content_type(&*answer.content_type).insert_header((NOW_HEADER, now.to_string()));
    if let Some(habit) = &answer.habit {
        response.insert_header((HABIT_HEADER, &**habit));
    }
    let half = body.len() / 2;
    match then.reset {
        Some(ResetPoint::BeforeHeaders) => response.body(Paced::broken(body, 0, cut).at_once()),
        Some(ResetPoint::AfterHeaders) => response.body(Paced::broken(body, 0, cut)),
        Some(ResetPoint::MidBody) => response.body(Paced::broken(body, half, cut).at(then.drip)),
        None if then.drip.is_some() => response.body(Paced::whole(body).at(then.drip)),
        None => response.body(body),
    }
}

/// A body that takes its time, or breaks off.
struct Paced {
    bytes: Bytes,
    sent: usize,
    /// Where it ends.
    end: usize,
    /// Whether it breaks off there.
    breaks: bool,
    /// Resets the connection when it breaks off.
    cut: Option<Cut>,
    /// Whether what was sent before leaves before it breaks off.
    flushed: bool,
    piece: usize,
    pause: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

/// The connection is cut because a scenario says so.
#[derive(Debug)]
struct CutByScenario;

impl fmt::Display for CutByScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cut by a scenario")
    }
}

impl std::error::Error for CutByScenario {}

impl Paced {
    fn whole(bytes: Bytes) -> Self {
        let (end, piece) = (bytes.len(), bytes.len());
        let pause = Duration::ZERO;
        Self { bytes, sent: 0, end, breaks: false, cut: None, flushed: false, piece, pause, sleep: None }
    }

    /// Breaks off after so many bytes.
    fn broken(bytes: Bytes, end: usize, cut: Option<Cut>) -> Self {
        Self { end, breaks: true, cut, ..Self::whole(bytes) }
    }

    /// Breaks off before anything is written out, headers included.
    fn at_once(self) -> Self {
        Self { flushed: true, ..self }
    }

    fn at(mut self, drip: Option<Drip>) -> Self {
        let Some(Drip { bytes_per_second }) = drip else { return self };
        let in_a_tick = f64::from(bytes_per_second.get()) * TICK.as_secs_f64();
        if in_a_tick < 1.0 {
            (self.piece, self.pause) = (1, Duration::from_secs(1) / bytes_per_second.get());
        } else {
            let per_second = u64::from(bytes_per_second.get());
            self.piece = usize::try_from(per_second / 20).unwrap_or(usize::MAX);
            self.pause = TICK;
        }
        self
    }
}

impl MessageBody for Paced {
    type Error = CutByScenario;

    fn size(&self) -> BodySize {
        // A body of no bytes would never be asked for, and so never break off.
        let is_asked_for = !self.bytes.is_empty() || !self.breaks;
        if is_asked_for { BodySize::Sized(self.bytes.len() as u64) } else { BodySize::Stream }
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, CutByScenario>>> {
        if let Some(sleep) = &mut self.sleep {
            std::task::ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        if self.sent < self.end {
            let until = self.sent.saturating_add(self.piece).min(self.end);
            let piece = self.bytes.slice(self.sent..until);
            self.sent = until;
            if !self.pause.is_zero() {
                self.sleep = Some(Box::pin(time::sleep(self.pause)));
            }
            return Poll::Ready(Some(Ok(piece)));
        }
        if !self.breaks {
            return Poll::Ready(None);
        }
        if !self.flushed {
            // Pending once: HTTP writes out what it has before it asks again.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(cut) = self.cut.take() {
            // The connection is reset by whoever reads or writes it next; the error below would close it orderly.
            cut.now();
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(CutByScenario)))
    }
}
