//! Terminals that are stopped, doubled, or can't write.

use std::{
    fs,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use onshi_terminal::{StartError, Terminal, WorkError};

use crate::{
    document,
    place::{Place, eventually, names},
    service::{Reply, Service},
};

const REQUEST: &str = "OQSsiquc01req_1.xml";
const ANSWER: &str = "OQSsiquc01res_1.xml";
const ID: &str = "0123456789abcdef00000001";

#[tokio::test]
async fn a_stopped_terminal_leaves_the_request_to_the_next_one_which_asks_under_the_same_key() {
    static UP: AtomicBool = AtomicBool::new(false);
    let script = |asked: &_| if UP.load(Ordering::SeqCst) { Reply::echo(asked) } else { Reply::status(503) };
    let (place, service) = (Place::new(), Service::start(script));
    let terminal = place.terminal(&service).await;
    place.rename_in(REQUEST, &document("x"));
    eventually("first asking", || (!service.asked().is_empty()).then_some(())).await;
    terminal.stop().await;
    assert_eq!(names(&place.folders.work).len(), 2, "lock and entry");
    assert!(names(&place.folders.res).is_empty());

    UP.store(true, Ordering::SeqCst);
    let terminal = place.terminal(&service).await;
    place.answer(ANSWER).await;
    place.nothing_left_to_do().await;
    let asked = service.asked();
    assert!(asked.iter().all(|one| one.key() == asked[0].key()));
    terminal.stop().await;
}

#[tokio::test]
async fn a_terminal_stops_while_the_service_keeps_it_waiting() {
    let (go, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let service = Service::start(move |asked| {
        if asked.before == 0 {
            let _ = gate.lock().unwrap().recv();
        }
        Reply::echo(asked)
    });
    let place = Place::new();
    let terminal = place.terminal(&service).await;
    place.rename_in(REQUEST, &document("x"));
    eventually("asking", || (!service.asked().is_empty()).then_some(())).await;
    terminal.stop().await;
    assert!(names(&place.folders.res).is_empty());
    let terminal = place.terminal(&service).await;
    place.answer(ANSWER).await;
    terminal.stop().await;
    drop(go);
}

#[tokio::test]
async fn what_an_earlier_terminal_left_is_finished_at_the_next_start() {
    let record = format!(r#"{{"temporary":".{ID}.tmp","answer":"{ANSWER}"}}"#);
    let cases = [
        // what had happened: record, temporary -> in res at the end, askings
        ("claimed", None, None, Some("<!--answer--><a/>"), 1),
        ("answer written, not recorded", None, Some("<old/>"), Some("<!--answer--><a/>"), 1),
        ("record torn", Some("{"), Some("<old/>"), Some("<!--answer--><a/>"), 1),
        ("recorded, not renamed", Some(&*record), Some("<old/>"), Some("<old/>"), 0),
        ("renamed and taken away by the receipt computer", Some(&*record), None, None, 0),
    ];
    for (what, record, temporary, answer, askings) in cases {
        let (place, service) = (Place::new(), Service::start(Reply::echo));
        fs::write(place.folders.work.join(format!("{ID}.{REQUEST}")), "<a/>").unwrap();
        if let Some(record) = record {
            fs::write(place.folders.work.join(format!("{ID}.answer")), record).unwrap();
        }
        if let Some(temporary) = temporary {
            fs::write(place.res(&format!(".{ID}.tmp")), temporary).unwrap();
        }
        let terminal = place.terminal(&service).await;
        place.nothing_left_to_do().await;
        assert_eq!(fs::read_to_string(place.res(ANSWER)).ok().as_deref(), answer, "{what}");
        assert_eq!(names(&place.folders.res), Vec::from_iter(answer.map(|_| ANSWER)), "{what}");
        assert!(service.asked().iter().all(|asked| asked.key() == ID), "{what}");
        assert_eq!(service.asked().len(), askings, "{what}");
        terminal.stop().await;
    }
}

#[tokio::test]
async fn an_answer_waits_for_a_folder_that_has_vanished() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let terminal = place.terminal(&service).await;
    fs::remove_dir(&place.folders.res).unwrap();
    place.rename_in(REQUEST, &document("x"));
    eventually("asking", || (!service.asked().is_empty()).then_some(())).await;
    fs::create_dir(&place.folders.res).unwrap();
    place.answer(ANSWER).await;
    place.nothing_left_to_do().await;
    assert_eq!(service.asked().len(), 1, "what was answered is not asked again");
    terminal.stop().await;
}

#[tokio::test]
async fn a_second_terminal_on_the_same_work_folder_is_refused_until_the_first_has_stopped() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let first = place.terminal(&service).await;
    let refused = Terminal::start(place.settings(&service)).await.unwrap_err();
    assert!(matches!(refused, StartError::Work(WorkError::InUse { .. })), "{refused}");
    first.stop().await;
    place.terminal(&service).await.stop().await;
}

#[tokio::test]
async fn two_terminals_may_share_folders_if_each_has_its_own_work_folder() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let first = place.terminal(&service).await;
    let mut settings = place.settings(&service);
    settings.folders.work = place.path().join("OQS/.work-2");
    fs::create_dir(&settings.folders.work).unwrap();
    let second = Terminal::start(settings).await.unwrap();
    for n in 0..40 {
        place.rename_in(&format!("OQSsiquc01req_{n}.xml"), &document(&format!("no {n}.")));
    }
    for n in 0..40 {
        assert!(place.answer(&format!("OQSsiquc01res_{n}.xml")).await.contains(&format!("no {n}.")));
    }
    assert_eq!(service.asked().len(), 40);
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn folders_that_cannot_be_used_are_told_at_start() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    for which in ["req", "res", ".work"] {
        let mut settings = place.settings(&service);
        let gone = place.path().join("gone").join(which);
        match which {
            "req" => settings.folders.req = gone.clone(),
            "res" => settings.folders.res = gone.clone(),
            _ => settings.folders.work = gone.clone(),
        }
        let told = Terminal::start(settings).await.unwrap_err().to_string();
        assert!(told.contains(gone.to_str().unwrap()), "{told}");
    }
    assert!(names(&place.folders.req).is_empty() && names(&place.folders.res).is_empty());
}

/// Needs a second file system; where `/dev/shm` is none, there is nothing to show.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_work_folder_on_another_file_system_is_refused_with_both_names() {
    use std::os::unix::fs::MetadataExt;
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else { return };
    let device = |path| fs::metadata(path).unwrap().dev();
    if device(elsewhere.path()) == device(&place.folders.req) {
        return;
    }
    let mut settings = place.settings(&service);
    settings.folders.work = elsewhere.path().to_owned();
    let refused = Terminal::start(settings).await.unwrap_err();
    assert!(matches!(refused, StartError::Work(WorkError::AcrossFileSystems { .. })), "{refused}");
    let told = refused.to_string();
    assert!(
        told.contains(elsewhere.path().to_str().unwrap())
            && told.contains(place.folders.req.to_str().unwrap())
    );
    assert!(names(&place.folders.req).is_empty());
}
