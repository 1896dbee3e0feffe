//! What the service hands over unasked.

use std::{
    fs,
    net::TcpListener,
    sync::{Mutex, mpsc},
    time::Duration,
};

use onshi_terminal::Terminal;

use crate::{
    certificates::Certificates,
    document,
    place::{Observer, Place, eventually, names},
    service::{Reply, Service},
};

const NAME: &str = "OQSsiquc01res_face_1312345678abc_20260401090000.xml";
const LATER: &str = "OQSsiquc01res_face_1312345678def_20260401090001.xml";

async fn in_face(place: &Place, name: &str) -> String {
    eventually(name, || fs::read_to_string(place.folders.face.join(name)).ok()).await
}

#[tokio::test]
async fn a_delivery_appears_in_face_whole_under_its_name_and_is_acknowledged() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    service.mailbox.open();
    let terminal = place.terminal(&service).await;
    let observer = Observer::of(&place.folders.face);
    let content = document(&"花子 ".repeat(50_000));
    service.mailbox.put(7, NAME, &*content);
    assert!(in_face(&place, NAME).await == content);
    eventually("acknowledgement", || service.mailbox.acknowledged(7)).await;
    for name in observer.all_names() {
        assert!([NAME, ".7.tmp"].contains(&&*name), "{name}");
    }
    assert_eq!(names(&place.folders.face), [NAME]);
    assert_eq!(names(&place.folders.work), [".lock", "deliveries"]);
    assert_eq!(service.mailbox.polled(), ["?after=0&wait=25", "?after=7&wait=25"]);
    terminal.stop().await;
}

#[tokio::test]
async fn deliveries_come_in_their_order_and_one_that_can_t_be_fetched_holds_up_only_later_ones() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    service.mailbox.put(1, "a.xml", "1");
    service.mailbox.put_reply(2, "b.xml", Reply::status(503));
    service.mailbox.put(3, "c.xml", "3");
    let terminal = place.terminal(&service).await;
    eventually("acknowledgement of the first", || service.mailbox.acknowledged(1)).await;
    assert_eq!(names(&place.folders.face), ["a.xml"]);
    service.mailbox.put(2, "b.xml", "2");
    eventually("acknowledgement of all", || service.mailbox.acknowledged(3)).await;
    assert_eq!(names(&place.folders.face), ["a.xml", "b.xml", "c.xml"]);
    assert!(service.mailbox.fetched().is_sorted());
    terminal.stop().await;
}

#[tokio::test]
async fn what_was_taken_away_is_not_written_again_after_a_restart() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    service.mailbox.be_stubborn();
    service.mailbox.put(7, NAME, "<a/>");
    let terminal = place.terminal(&service).await;
    eventually("acknowledgement", || service.mailbox.acknowledged(7)).await;
    fs::remove_file(place.folders.face.join(NAME)).unwrap();
    terminal.stop().await;

    let terminal = place.terminal(&service).await;
    service.mailbox.put(8, LATER, "<b/>");
    in_face(&place, LATER).await;
    assert_eq!(names(&place.folders.face), [LATER]);
    assert_eq!(service.mailbox.fetched(), [7, 8]);
    terminal.stop().await;
}

#[tokio::test]
async fn a_delivery_that_an_earlier_terminal_began_is_neither_lost_nor_written_twice() {
    let placing = format!(r#"{{"up_to":3,"placing":{{"number":7,"name":"{NAME}"}}}}"#);
    let elsewhere = r#"{"up_to":3,"placing":{"number":7,"name":"../x.xml"}}"#;
    let cases = [
        // what had happened; kept, temporary -> in face at the end, fetched
        ("nothing", Some(r#"{"up_to":3,"placing":null}"#), None, Some("<new/>"), vec![7]),
        ("writing", Some(r#"{"up_to":3,"placing":null}"#), Some("<ol"), Some("<new/>"), vec![7]),
        ("first, written", None, Some("<old/>"), Some("<new/>"), vec![7]),
        ("memory damaged", Some("{"), Some("<old/>"), Some("<new/>"), vec![7]),
        ("memory names a file elsewhere", Some(elsewhere), Some("<old/>"), Some("<new/>"), vec![7]),
        ("recorded, not renamed", Some(&*placing), Some("<old/>"), Some("<old/>"), vec![]),
        ("renamed and taken away, not remembered", Some(&*placing), None, None, vec![]),
    ];
    for (what, kept, temporary, in_face, fetched) in cases {
        let (place, service) = (Place::new(), Service::start(Reply::echo));
        service.mailbox.put(7, NAME, "<new/>");
        if let Some(kept) = kept {
            fs::write(place.folders.work.join("deliveries"), kept).unwrap();
        }
        if let Some(temporary) = temporary {
            fs::write(place.folders.face.join(".7.tmp"), temporary).unwrap();
        }
        let terminal = place.terminal(&service).await;
        eventually(what, || service.mailbox.acknowledged(7)).await;
        assert_eq!(fs::read_to_string(place.folders.face.join(NAME)).ok().as_deref(), in_face, "{what}");
        assert_eq!(names(&place.folders.face), Vec::from_iter(in_face.map(|_| NAME)), "{what}");
        assert_eq!(service.mailbox.fetched(), fetched, "{what}");
        assert_eq!(names(&place.folders.work), [".lock", "deliveries"], "{what}");
        terminal.stop().await;
    }
}

#[tokio::test]
async fn names_that_are_not_plain_are_skipped() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let long = format!("{}.xml", "a".repeat(197));
    let bad = [
        "../req/OQSsiquc01req_1.xml",
        "/tmp/a.xml",
        "a/b.xml",
        "a\\b.xml",
        "..",
        "",
        "a.exe",
        "花.xml",
        &long,
    ];
    let mut number = 0;
    for name in bad {
        number += 1;
        service.mailbox.put(number, name, "<bad/>");
    }
    number += 1;
    service.mailbox.put(number, NAME, "<good/>");
    let terminal = place.terminal(&service).await;
    eventually("acknowledgement", || service.mailbox.acknowledged(number)).await;
    assert_eq!(names(&place.folders.face), [NAME]);
    assert!(names(&place.folders.req).is_empty() && service.asked().is_empty());
    assert_eq!(service.mailbox.fetched(), [number]);
    terminal.stop().await;
}

#[tokio::test]
async fn a_delivery_that_is_gone_is_skipped() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    service.mailbox.put_reply(7, NAME, Reply::status(404));
    service.mailbox.put(8, LATER, "<b/>");
    fs::write(place.folders.face.join(".7.tmp"), "left by an earlier terminal").unwrap();
    let terminal = place.terminal(&service).await;
    eventually("acknowledgement", || service.mailbox.acknowledged(8)).await;
    assert_eq!(names(&place.folders.face), [LATER]);
    assert_eq!(service.mailbox.fetched(), [7, 8]);
    terminal.stop().await;
}

#[tokio::test]
async fn a_delivery_waits_for_a_folder_that_has_vanished() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    service.mailbox.open();
    let terminal = place.terminal(&service).await;
    fs::remove_dir(&place.folders.face).unwrap();
    service.mailbox.put(7, NAME, "<a/>");
    eventually("fetching", || (!service.mailbox.fetched().is_empty()).then_some(())).await;
    place.rename_in("OQSsiquc01req_1.xml", &document("x"));
    place.answer("OQSsiquc01res_1.xml").await;
    assert!(service.mailbox.acknowledged(7).is_none() && !place.folders.face.exists());
    fs::create_dir(&place.folders.face).unwrap();
    assert_eq!(in_face(&place, NAME).await, "<a/>");
    eventually("acknowledgement", || service.mailbox.acknowledged(7)).await;
    assert_eq!(service.mailbox.fetched(), [7], "what was fetched is not fetched again");
    terminal.stop().await;
}

#[tokio::test]
async fn a_delivery_does_not_wait_for_exchanges() {
    let (go, gate) = mpsc::channel();
    let gate = Mutex::new(gate);
    let service = Service::start(move |asked| {
        gate.lock().unwrap().recv().unwrap();
        Reply::echo(asked)
    });
    let place = Place::new();
    let mut settings = place.settings(&service);
    settings.in_flight = 1;
    service.mailbox.open();
    let terminal = Terminal::start(settings).await.unwrap();
    place.rename_in("OQSsiquc01req_1.xml", &document("x"));
    eventually("asking", || (!service.asked().is_empty()).then_some(())).await;
    service.mailbox.put(7, NAME, "<a/>");
    in_face(&place, NAME).await;
    assert!(names(&place.folders.res).is_empty());
    go.send(()).unwrap();
    place.answer("OQSsiquc01res_1.xml").await;
    terminal.stop().await;
}

#[tokio::test]
async fn a_service_that_is_down_or_fails_is_asked_again() {
    let reserved = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, certificates) = (reserved.local_addr().unwrap(), Certificates::fresh());
    drop(reserved);
    let place = Place::new();
    let settings = place.settings_for(&format!("https://{address}"), &certificates);
    let terminal = Terminal::start(settings).await.unwrap();
    let service = Service::listening(TcpListener::bind(address).unwrap(), certificates, Reply::echo);
    for (number, status) in [(1, 403), (2, 500), (3, 302), (4, 0)] {
        service.mailbox.fail(Some(status));
        let before = service.mailbox.polled().len();
        service.mailbox.put(number, &format!("{number}.xml"), "<a/>");
        eventually("two polls", || (service.mailbox.polled().len() >= before + 2).then_some(())).await;
        assert!(!place.folders.face.join(format!("{number}.xml")).exists());
        service.mailbox.fail(None);
        in_face(&place, &format!("{number}.xml")).await;
    }
    terminal.stop().await;
}

#[tokio::test]
async fn a_service_without_the_channel_is_asked_once_in_a_while_and_exchanges_go_on() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    service.mailbox.close();
    let terminal = place.terminal(&service).await;
    for n in 0..30 {
        place.rename_in(&format!("OQSsiquc01req_{n}.xml"), &document("x"));
        place.answer(&format!("OQSsiquc01res_{n}.xml")).await;
    }
    eventually("one poll", || (service.mailbox.polled().len() == 1).then_some(())).await;
    place.nothing_left_to_do().await;
    terminal.stop().await;
}

#[tokio::test]
async fn without_deliveries_the_service_is_never_asked_for_them() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    service.mailbox.put(7, NAME, "<a/>");
    let mut settings = place.settings(&service);
    settings.deliveries = false;
    let terminal = Terminal::start(settings).await.unwrap();
    for n in 0..5 {
        place.rename_in(&format!("OQSsiquc01req_{n}.xml"), &document("x"));
        place.answer(&format!("OQSsiquc01res_{n}.xml")).await;
    }
    terminal.stop().await;
    assert!(service.mailbox.polled().is_empty() && names(&place.folders.face).is_empty());
}

#[tokio::test]
async fn a_terminal_stops_while_a_poll_waits_and_the_next_one_starts_at_once() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    service.mailbox.open();
    let terminal = place.terminal(&service).await;
    eventually("poll", || (!service.mailbox.polled().is_empty()).then_some(())).await;
    let stopped = tokio::time::timeout(Duration::from_secs(20), terminal.stop()).await;
    assert!(stopped.is_ok(), "the poll would wait for 25 seconds");
    place.terminal(&service).await.stop().await;
}
