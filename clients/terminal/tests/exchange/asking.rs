//! What the folder shows for what the service says.

use std::{fs, net::TcpListener, sync::Mutex, sync::mpsc, time::Duration};

use messages::refusal::{Bilingual, Refusal, Step};
use onshi_terminal::Terminal;

use crate::{
    certificates::Certificates,
    document,
    place::{Place, eventually, names},
    service::{Asked, Reply, Service},
};

const REQUEST: &str = "OQSsiquc01req_1.xml";

/// What the service does, in words and in deed.
type Case = (&'static str, fn(&Asked) -> Reply);

#[tokio::test]
async fn a_refusal_becomes_an_err_file_with_its_reason() {
    for status in [400, 403, 404, 413] {
        let refusal = Refusal {
            status,
            label: "G102".into(),
            step: Step::Line,
            reason: Bilingual::fixed("回線が登録されていません。", "The line is not registered."),
            mend: Bilingual::fixed("登録してください。", "Register it."),
        };
        let body = refusal.to_json().into_bytes();
        let reply = Reply { status, content_type: Refusal::JSON, ..Reply::xml(body) };
        let (place, service) = (Place::new(), Service::start(move |_| reply.clone()));
        let terminal = place.terminal(&service).await;
        place.rename_in(REQUEST, &document("x"));
        assert_eq!(
            place.answer("OQSsiquc01res_1.err").await,
            "G102 回線が登録されていません。\r\nThe line is not registered.\r\n登録してください。\r\nRegister it.\r\n\
             OQSsiquc01req_1.xml\r\n"
        );
        place.nothing_left_to_do().await;
        assert_eq!(names(&place.folders.res), ["OQSsiquc01res_1.err"]);
        assert_eq!(service.asked().len(), 1);
        terminal.stop().await;
    }
}

#[tokio::test]
async fn documents_and_archives_keep_their_bytes_and_get_their_extension() {
    for (content_type, name) in
        [("application/pdf", "YZKsiquc01res_1.pdf"), ("application/zip", "YZKsiquc01res_1.zip")]
    {
        let bytes: Vec<u8> = (0..=255).collect();
        let reply = Reply { content_type, ..Reply::xml(bytes.clone()) };
        let (place, service) = (Place::new(), Service::start(move |_| reply.clone()));
        let terminal = place.terminal(&service).await;
        place.rename_in("YZKsiquc01req_1.xml", &document("x"));
        let answer = eventually(name, || fs::read(place.res(name)).ok()).await;
        assert_eq!(answer, bytes);
        terminal.stop().await;
    }
}

#[tokio::test]
async fn a_service_that_fails_is_asked_again_under_the_same_key_and_answers_once() {
    let failures: [Case; 4] = [
        ("503", |_| Reply::status(503)),
        ("429", |_| Reply::status(429)),
        ("a cut connection", |_| Reply::status(0)),
        ("a page instead of a result", |_| Reply { content_type: "text/html", ..Reply::xml("<html/>") }),
    ];
    for (what, failure) in failures {
        let script = move |asked: &Asked| if asked.before == 0 { failure(asked) } else { Reply::echo(asked) };
        let (place, service) = (Place::new(), Service::start(script));
        let terminal = place.terminal(&service).await;
        place.rename_in(REQUEST, &document("x"));
        assert!(place.answer("OQSsiquc01res_1.xml").await.contains("answer"), "{what}");
        place.nothing_left_to_do().await;
        assert_eq!(names(&place.folders.res), ["OQSsiquc01res_1.xml"], "{what}");
        let asked = service.asked();
        assert_eq!(asked.len(), 2, "{what}");
        assert_eq!((asked[0].key(), &asked[0].body), (asked[1].key(), &asked[1].body), "{what}");
        terminal.stop().await;
    }
}

#[tokio::test]
async fn a_service_that_is_down_is_waited_for() {
    let reserved = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, certificates) = (reserved.local_addr().unwrap(), Certificates::fresh());
    drop(reserved);
    let place = Place::new();
    let settings = place.settings_for(&format!("https://{address}"), &certificates);
    let terminal = Terminal::start(settings).await.unwrap();
    place.rename_in(REQUEST, &document("x"));
    eventually("the claim", || names(&place.folders.req).is_empty().then_some(())).await;
    assert!(names(&place.folders.res).is_empty());
    let service = Service::listening(TcpListener::bind(address).unwrap(), certificates, Reply::echo);
    place.answer("OQSsiquc01res_1.xml").await;
    assert_eq!(service.asked().len(), 1);
    terminal.stop().await;
}

#[tokio::test]
async fn without_an_answer_in_time_the_request_becomes_an_err_file() {
    let scripts: [Case; 3] = [
        ("HTTP 503", |_| Reply::status(503)),
        ("HTTP 302", |_| Reply::status(302)),
        ("timed out", |_| {
            std::thread::sleep(Duration::from_secs(2));
            Reply::status(0)
        }),
    ];
    for (last, script) in scripts {
        let (place, service) = (Place::new(), Service::start(script));
        let mut settings = place.settings(&service);
        settings.link_timeout = Duration::from_millis(600);
        let terminal = Terminal::start(settings).await.unwrap();
        place.rename_in(REQUEST, &document("x"));
        let text = place.answer("OQSsiquc01res_1.err").await;
        assert!(text.starts_with("T103 600ms以内に") && text.contains(last), "{last}: {text}");
        place.nothing_left_to_do().await;
        assert_eq!(names(&place.folders.res), ["OQSsiquc01res_1.err"]);
        assert!(service.asked().iter().all(|asked| asked.first_line.starts_with("POST /oqs/")), "{last}");
        terminal.stop().await;
    }
}

#[tokio::test]
async fn a_service_of_another_authority_is_never_told_anything() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let mut settings = place.settings(&service);
    settings.ca_pem = Certificates::fresh().authority.0.to_pem().unwrap();
    settings.link_timeout = Duration::from_millis(300);
    let terminal = Terminal::start(settings).await.unwrap();
    place.rename_in(REQUEST, &document("x"));
    let text = place.answer("OQSsiquc01res_1.err").await;
    assert!(text.starts_with("T103 ") && text.contains("certificate verify failed"), "{text}");
    assert!(service.asked().is_empty());
    terminal.stop().await;
}

#[tokio::test]
async fn an_older_answer_of_the_same_name_is_replaced() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    fs::write(place.res("OQSsiquc01res_1.xml"), "older").unwrap();
    let terminal = place.terminal(&service).await;
    place.rename_in(REQUEST, &document("newer"));
    eventually("newer answer", || {
        fs::read_to_string(place.res("OQSsiquc01res_1.xml")).ok().filter(|t| t != "older")
    })
    .await;
    place.nothing_left_to_do().await;
    assert_eq!(names(&place.folders.res), ["OQSsiquc01res_1.xml"]);
    terminal.stop().await;
}

#[tokio::test]
async fn an_older_answer_under_another_extension_is_removed_once_the_newer_one_is_there() {
    let scripts: [Case; 2] = [("xml", Reply::echo), ("err", |_| Reply::status(400))];
    for (newer, script) in scripts {
        let (place, service) = (Place::new(), Service::start(script));
        let older = ["xml", "pdf", "zip", "err"].into_iter().filter(|extension| *extension != newer);
        let older: Vec<_> =
            older.map(|extension| place.res(&format!("OQSsiquc01res_1.{extension}"))).collect();
        let foreign = [
            "OQSsiquc01res_1.bak",
            "OQSsiquc01res_1.err.bak",
            "OQSsiquc01res_10.err",
            "OQSsiquc01res_10.xml",
        ];
        for path in older.iter().cloned().chain(foreign.map(|name| place.res(name))) {
            fs::write(path, "older").unwrap();
        }
        let terminal = place.terminal(&service).await;
        place.rename_in(REQUEST, &document("newer"));
        let newer = place.res(&format!("OQSsiquc01res_1.{newer}"));
        eventually("removal", || {
            let removed = older.iter().filter(|path| !path.exists()).count();
            // Looked at after the older ones, so that it must be there if one of them is not.
            assert!(removed == 0 || newer.exists(), "nothing is there");
            (removed == older.len()).then_some(())
        })
        .await;
        place.nothing_left_to_do().await;
        assert_eq!(names(&place.folders.res).len(), 1 + foreign.len());
        assert!(foreign.iter().all(|name| place.res(name).exists()));
        terminal.stop().await;
    }
}

#[tokio::test]
async fn one_slow_answer_does_not_hold_up_the_others() {
    let (go, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let service = Service::start(move |asked| {
        if asked.text().contains("slow") {
            gate.lock().unwrap().recv().unwrap();
        }
        Reply::echo(asked)
    });
    let place = Place::new();
    let terminal = place.terminal(&service).await;
    place.rename_in("OQSsiquc01req_slow.xml", &document("slow"));
    for n in 0..20 {
        place.rename_in(&format!("OQSsiquc01req_{n}.xml"), &document("quick"));
    }
    for n in 0..20 {
        place.answer(&format!("OQSsiquc01res_{n}.xml")).await;
    }
    assert!(!place.res("OQSsiquc01res_slow.xml").exists());
    go.send(()).unwrap();
    place.answer("OQSsiquc01res_slow.xml").await;
    terminal.stop().await;
}

#[tokio::test]
async fn of_two_requests_with_one_name_the_later_ones_answer_comes_last() {
    let (go, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let service = Service::start(move |asked| {
        if asked.text().contains("earlier") {
            gate.lock().unwrap().recv().unwrap();
        }
        Reply::echo(asked)
    });
    let place = Place::new();
    let terminal = place.terminal(&service).await;
    place.rename_in(REQUEST, &document("earlier"));
    eventually("first asking", || (service.asked().len() == 1).then_some(())).await;
    place.rename_in(REQUEST, &document("later"));
    eventually("second asking", || (service.asked().len() == 2).then_some(())).await;
    go.send(()).unwrap();
    place.nothing_left_to_do().await;
    assert!(place.answer("OQSsiquc01res_1.xml").await.contains("later"));
    terminal.stop().await;
}

#[tokio::test]
async fn requests_are_asked_in_the_order_of_their_arrival() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let mut settings = place.settings(&service);
    settings.in_flight = 1;
    let terminal = Terminal::start(settings).await.unwrap();
    let order = ["9", "3", "7", "1", "8", "2"];
    for name in order {
        place.rename_in(&format!("OQSsiquc01req_{name}.xml"), &document(name));
    }
    for name in order {
        place.answer(&format!("OQSsiquc01res_{name}.xml")).await;
    }
    let asked: Vec<_> = service.asked().iter().map(Asked::text).collect();
    assert_eq!(asked, order.map(document));
    terminal.stop().await;
}
