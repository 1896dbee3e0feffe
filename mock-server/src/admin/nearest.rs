//! Paths that are not there: which one may have been meant.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::openapi;
use super::problem::Problem;

/// Two paths that are less alike than this have nothing to do with each other.
const ALIKE: f64 = 0.6;
/// What a segment costs that only one of two paths has; entirely different ones cost 1.
const SKIPPED: f64 = 0.7;
/// Segments of a path that are looked at.
const MOST_SEGMENTS: usize = 16;
/// Longest segment that is compared letter by letter.
const LONGEST_SEGMENT: usize = 64;

/// Answers a path that is not there.
pub(super) async fn not_found(request: HttpRequest) -> HttpResponse {
    let path = request.path();
    let nearest = nearest(path, openapi::paths());
    let hint = match &nearest {
        Some(nearest) => format!("; did you mean {nearest}?"),
        None => "; /api shows what there is".to_owned(),
    };
    Problem::new(StatusCode::NOT_FOUND, format!("nothing at {path}{hint}")).nearest(nearest).error_response()
}

/// The path that exists and is most like another one, with the parameters of the latter; `None` if none is alike.
fn nearest<'a>(path: &str, templates: impl Iterator<Item = &'a str>) -> Option<String> {
    let likely = templates.map(|template| likeness(path, template));
    likely.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness >= ALIKE).map(|(_, path)| path)
}

/// How alike path and template are, up to 1, and the template with the path's parameters.
///
/// The edit distance of their segments: one too many or too few costs [`SKIPPED`], another
/// one its unlikeness.
fn likeness(path: &str, template: &str) -> (f64, String) {
    let given: Vec<&str> = segments(path).take(MOST_SEGMENTS).collect();
    // Cost of turning the first segments of the path into the template so far, and the template as filled so far.
    let mut costs: Vec<(f64, String)> = (0_u8..)
        .map(|left_out| (SKIPPED * f64::from(left_out), String::new()))
        .take(given.len() + 1)
        .collect();
    let mut longest = 0;
    for segment in segments(template) {
        longest += 1;
        let mut next: Vec<(f64, String)> = Vec::with_capacity(costs.len());
        for (index, (cost, filled)) in costs.iter().enumerate() {
            let mut best = (cost + SKIPPED, format!("{filled}/{segment}"));
            let before = index.checked_sub(1).and_then(|index| Some((costs.get(index)?, *given.get(index)?)));
            if let Some(((cost, filled), own)) = before {
                let (unlike, text) = unlikeness(own, segment);
                if cost + unlike < best.0 {
                    best = (cost + unlike, format!("{filled}/{text}"));
                }
            }
            if let Some((cost, filled)) = next.last().filter(|(cost, _)| cost + SKIPPED < best.0) {
                best = (cost + SKIPPED, filled.clone());
            }
            next.push(best);
        }
        costs = next;
    }
    let longest = f64::from(u8::try_from(given.len().max(longest)).unwrap_or(u8::MAX).max(1));
    costs.pop().map(|(cost, filled)| (1.0 - cost / longest, filled)).unwrap_or_default()
}

/// What it costs to read a segment as one of a template, and what then stands there. A parameter takes anything, but
/// a literal that fits says more.
fn unlikeness<'a>(own: &'a str, segment: &'a str) -> (f64, &'a str) {
    if segment.starts_with('{') {
        (0.1, own)
    } else if own.len() > LONGEST_SEGMENT {
        (1.0, segment)
    } else {
        (1.0 - strsim::normalized_damerau_levenshtein(own, segment), segment)
    }
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 6] = [
        "/api/v1/worlds",
        "/api/v1/worlds/{world}/cards",
        "/api/v1/worlds/{world}/exchanges",
        "/api/v1/worlds/{world}/exchanges/{number}",
        "/api/v1/worlds/{world}/exchanges/wait",
        "/metrics",
    ];

    #[test]
    fn a_mistyped_path_leads_to_the_nearest_with_the_callers_own_parameters() {
        for (path, expected) in [
            ("/api/v1/worlds/suite-1/exchange", Some("/api/v1/worlds/suite-1/exchanges")),
            ("/api/v1/world/suite-1/exchanges/7", Some("/api/v1/worlds/suite-1/exchanges/7")),
            ("/api/v1/worlds/suite-1/exchanges/wait/", Some("/api/v1/worlds/suite-1/exchanges/wait")),
            ("/api/worlds", Some("/api/v1/worlds")),
            ("/metric", Some("/metrics")),
            ("/v1/worlds/default/cards", Some("/api/v1/worlds/default/cards")),
            ("/api/v1/worlds/default/cards/all", Some("/api/v1/worlds/default/cards")),
            ("/nothing", None),
            ("/", None),
        ] {
            assert_eq!(nearest(path, PATHS.into_iter()).as_deref(), expected, "{path}");
        }
    }
}
