//! Paths that are not there: which one may have been meant.

use std::collections::HashSet;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::openapi;
use super::problem::Problem;

/// Two paths that are less alike than this have nothing to do with each other.
const ALIKE: f64 = 0.6;
/// What a segment costs that only one of two paths has; entirely different ones cost 1.
const SKIPPED: f64 = 0.7;
/// A word is taken for another one that costs no more than this.
const MISTYPED: f64 = 0.2;
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
    let templates: Vec<&str> = templates.collect();
    let fixed: Fixed<'_> =
        templates.iter().flat_map(|template| segments(template)).filter(|part| !is_parameter(part)).collect();
    let likely = templates.iter().filter(|template| has_something_of(template, path));
    let likely = likely.map(|template| likeness(path, template, &fixed));
    let best = likely.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness >= ALIKE);
    best.map(|(_, path)| path).or_else(|| ending(path, &templates, &fixed))
}

/// Whether some fixed part of a template is like some part of a path: parameters alone would take anything.
fn has_something_of(template: &str, path: &str) -> bool {
    let given = || segments(path).take(MOST_SEGMENTS).filter(|own| own.len() <= LONGEST_SEGMENT);
    let mut fixed = segments(template).filter(|segment| !is_parameter(segment));
    fixed.any(|part| given().any(|own| strsim::normalized_damerau_levenshtein(own, part) >= ALIKE))
}

/// Words that are fixed parts of paths: where one stands, no parameter was meant.
type Fixed<'a> = HashSet<&'a str>;

/// The path that exists and ends as another one, whose beginning was left away; the shortest of them.
fn ending(path: &str, templates: &[&str], fixed: &Fixed<'_>) -> Option<String> {
    let given: Vec<&str> = segments(path).take(MOST_SEGMENTS).collect();
    let ends = templates.iter().filter_map(|template| {
        let own: Vec<&str> = segments(template).collect();
        let (before, end) = own.split_at_checked(own.len().checked_sub(given.len())?)?;
        let pairs = given.iter().zip(end).map(|(given, own)| unlikeness(given, own, fixed));
        let pairs: Vec<(f64, &str)> = pairs.collect();
        let fits =
            pairs.iter().all(|(cost, _)| *cost <= MISTYPED) && !end.iter().all(|own| is_parameter(own));
        let filled = before.iter().copied().chain(pairs.iter().map(|(_, text)| *text));
        let text: String = filled.flat_map(|segment| ["/", segment]).collect();
        let cost: f64 = pairs.iter().map(|(cost, _)| cost).sum();
        fits.then_some((cost, own.len(), text))
    });
    ends.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(.., text)| text)
}

/// How alike path and template are, up to 1, and the template with the path's parameters.
///
/// The edit distance of their segments: one too many or too few costs [`SKIPPED`], another
/// one its unlikeness.
fn likeness(path: &str, template: &str, fixed: &Fixed<'_>) -> (f64, String) {
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
                let (unlike, text) = unlikeness(own, segment, fixed);
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

/// What it costs to read a segment as one of a template, and what then stands there. A parameter takes anything but the
/// fixed part of some path; a literal that fits says more.
fn unlikeness<'a>(own: &'a str, segment: &'a str, fixed: &Fixed<'_>) -> (f64, &'a str) {
    if is_parameter(segment) {
        if fixed.contains(own) { (1.0, segment) } else { (0.1, own) }
    } else if own.len() > LONGEST_SEGMENT {
        (1.0, segment)
    } else {
        (1.0 - strsim::normalized_damerau_levenshtein(own, segment), segment)
    }
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: [&str; 9] = [
        "/api/v1/worlds",
        "/api/v1/worlds/{world}/cards",
        "/api/v1/worlds/{world}/exchanges",
        "/api/v1/worlds/{world}/exchanges/{number}",
        "/api/v1/worlds/{world}/exchanges/wait",
        "/api/v1/worlds/{world}/lines/{line}",
        "/api/v1/lines/ports/{port}",
        "/crl/{list}",
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
            ("/exchanges", Some("/api/v1/worlds/{world}/exchanges")),
            ("/exchange", Some("/api/v1/worlds/{world}/exchanges")),
            ("/exchanges/7", Some("/api/v1/worlds/{world}/exchanges/7")),
            ("/suite-1/cards", Some("/api/v1/worlds/suite-1/cards")),
            ("/worlds/exchanges/wait", Some("/api/v1/worlds/{world}/exchanges/wait")),
            ("/crl", Some("/crl/{list}")),
            ("/7", None),
            ("/nothing", None),
            ("/", None),
        ] {
            assert_eq!(nearest(path, PATHS.into_iter()).as_deref(), expected, "{path}");
        }
    }
}
