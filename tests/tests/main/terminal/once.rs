//! Once only over real sockets: the service under an `Idempotency-Key`, also after it was killed.

use reqwest::header::CONTENT_TYPE;
use system_tests::{Mock, Reply, Signal, Who};

use super::identified;

fn ask(mock: &Mock, key: &str, body: &[u8]) -> Reply {
    let url = mock.service_url("/oqs/OQSsiquc01");
    let request = mock.client(Who::Clinic).post(url).header("Idempotency-Key", key);
    Reply::of(request.header(CONTENT_TYPE, "application/xml").body(body.to_vec()).send().unwrap())
}

#[test]
fn a_service_that_was_killed_gives_the_same_bytes_under_the_same_key() {
    let mut mock = Mock::plan().without_terminal().start();
    let body = identified(&mock, "once");
    let first = ask(&mock, "key-1", &body);
    assert_eq!(first.status, 200);
    mock.advance("1h");
    mock.end(Signal::Kill);
    mock.start_again();
    let again = ask(&mock, "key-1", &body);
    assert_eq!((again.status, again.content_type()), (200, first.content_type()));
    assert_eq!(again.text(), first.text());
    assert_ne!(ask(&mock, "key-2", &body).text(), first.text(), "another key is another asking");
    let other = ask(&mock, "key-1", &identified(&mock, "other"));
    assert_eq!(other.status, 422);
    assert!(other.text().contains("X907"), "{}", other.text());
}
