//! Answers that nobody takes, encryption and encoding: settings as in the field.

use std::{fs, io::Cursor, io::Read, time::Duration};

use jiff::{SignedDuration, Timestamp};
use messages::{
    channel::NOW_HEADER,
    charset::Encoding,
    refusal::{Bilingual, Refusal, Step},
};
use onshi_terminal::{Encryption, Terminal};

use crate::{
    document,
    place::{Place, eventually, names},
    service::{Reply, Service},
};

const REQUEST: &str = "OQSsiquc01req_1.xml";
const ANSWER: &str = "OQSsiquc01res_1.xml";

fn written() -> Timestamp {
    "2026-11-22T00:30:12Z".parse().unwrap()
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_deleted_when_the_worlds_clock_says_so_and_not_before() {
    let service = Service::start(|asked| Reply::echo(asked).with(NOW_HEADER, &written().to_string()));
    let place = Place::new();
    // Old by the time of the file, and no answer at all: both are none of its business.
    let foreign = place.res("readme.txt");
    fs::write(&foreign, "").unwrap();
    fs::File::open(&foreign).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    let stay = SignedDuration::from_hours(24);
    service.mailbox.set_time(written() + stay - SignedDuration::from_secs(1));
    let terminal = place.terminal(&service).await;
    place.rename_in(REQUEST, &document("x"));
    place.answer(ANSWER).await;
    place.nothing_left_to_do().await;
    terminal.stop().await;
    // The next terminal remembers when it was written, or sees it for the first time: either way not yet.
    let terminal = place.terminal(&service).await;
    eventually("the memory", || place.folders.work.join(".ages").exists().then_some(())).await;
    assert!(place.res(ANSWER).exists());
    service.mailbox.set_time(written() + stay + stay);
    eventually("deletion", || (!place.res(ANSWER).exists()).then_some(())).await;
    assert!(foreign.exists());
    terminal.stop().await;
}

#[tokio::test]
async fn without_a_stay_time_answers_stay() {
    let service = Service::start(|asked| Reply::echo(asked).with(NOW_HEADER, &written().to_string()));
    service.mailbox.set_time("2099-01-01T00:00:00Z".parse().unwrap());
    let place = Place::new();
    let mut settings = place.settings(&service);
    settings.stay = None;
    let terminal = Terminal::start(settings).await.unwrap();
    for n in 0..5 {
        place.rename_in(&format!("OQSsiquc01req_{n}.xml"), &document("x"));
        place.answer(&format!("OQSsiquc01res_{n}.xml")).await;
    }
    terminal.stop().await;
    assert_eq!(names(&place.folders.res).len(), 5);
    assert!(!place.folders.work.join(".ages").exists());
}

#[tokio::test]
async fn what_encrypt_conf_names_becomes_a_zip_with_the_password() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let mut settings = place.settings(&service);
    settings.encryption = Some(Encryption::read("OQSsiquc=e\nOQSsihvq=n\n", "secret").unwrap());
    let terminal = Terminal::start(settings).await.unwrap();
    place.rename_in(REQUEST, &document("花子"));
    place.rename_in("OQSsihvq01req_1.xml", &document("plain"));
    let name = "OQSsiquc01res_1.zip";
    let sealed = eventually(name, || fs::read(place.res(name)).ok()).await;
    let mut zip = zip::ZipArchive::new(Cursor::new(sealed)).unwrap();
    let mut file = zip.by_index_decrypt(0, b"secret").unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert_eq!((&*file.name().unwrap(), text), (ANSWER, format!("<!--answer-->{}", document("花子"))));
    assert!(place.answer("OQSsihvq01res_1.xml").await.contains("plain"));
    assert!(!place.res(ANSWER).exists());
    terminal.stop().await;
}

#[tokio::test]
async fn a_refusal_is_never_encrypted() {
    let service = Service::start(|_| Reply::status(403));
    let place = Place::new();
    let mut settings = place.settings(&service);
    settings.encryption = Some(Encryption::read("OQS=e", "secret").unwrap());
    let terminal = Terminal::start(settings).await.unwrap();
    place.rename_in(REQUEST, &document("x"));
    assert!(place.answer("OQSsiquc01res_1.err").await.starts_with("T104"));
    terminal.stop().await;
}

#[tokio::test]
async fn face_files_are_encrypted_by_their_own_rules() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let mut settings = place.settings(&service);
    settings.face_encryption = Some(Encryption::read("OQSsiquc=e", "secret").unwrap());
    service.mailbox.put(7, "OQSsiquc01res_face_1.xml", "<a/>");
    let terminal = Terminal::start(settings).await.unwrap();
    let path = place.folders.face.join("OQSsiquc01res_face_1.zip");
    let sealed = eventually("the face file", || fs::read(&path).ok()).await;
    assert!(zip::ZipArchive::new(Cursor::new(sealed)).unwrap().by_index(0).is_err(), "encrypted");
    assert_eq!(names(&place.folders.face), ["OQSsiquc01res_face_1.zip"]);
    terminal.stop().await;
}

#[tokio::test]
async fn the_wanted_encoding_is_told_to_the_service() {
    for (encoding, header) in
        [(None, None), (Some(Encoding::Utf8), Some("UTF-8")), (Some(Encoding::ShiftJis), Some("Shift_JIS"))]
    {
        let (place, service) = (Place::new(), Service::start(Reply::echo));
        let mut settings = place.settings(&service);
        settings.encoding = encoding;
        let terminal = Terminal::start(settings).await.unwrap();
        place.rename_in(REQUEST, &document("x"));
        place.answer(ANSWER).await;
        assert_eq!(service.asked()[0].headers.get("accept-charset").map(String::as_str), header);
        terminal.stop().await;
    }
}

#[tokio::test]
async fn what_the_terminal_itself_refuses_is_told_to_the_service() {
    let service = Service::start(|_| Reply::status(503));
    let place = Place::new();
    let mut settings = place.settings(&service);
    settings.link_timeout = Duration::from_millis(300);
    let terminal = Terminal::start(settings).await.unwrap();
    place.rename_in(REQUEST, &document("x"));
    place.answer("OQSsiquc01res_1.err").await;
    eventually("the report", || (!service.mailbox.reports().is_empty()).then_some(())).await;
    let reports = service.mailbox.reports();
    assert_eq!((reports.len(), &*reports[0].label, &*reports[0].file), (1, "T103", REQUEST));
    assert!(reports[0].text.ja.contains("HTTP 503") && reports[0].text.en.contains("HTTP 503"));
    terminal.stop().await;
}

#[tokio::test]
async fn what_the_service_refuses_is_not_told_to_it_again() {
    let refusal = Refusal {
        status: 403,
        label: "G102".into(),
        step: Step::Line,
        reason: Bilingual::fixed("未登録", "unregistered"),
        mend: Bilingual::NOTHING,
    };
    let body = refusal.to_json();
    let service = Service::start(move |_| Reply {
        status: 403,
        content_type: Refusal::JSON,
        ..Reply::xml(body.clone())
    });
    let place = Place::new();
    let terminal = place.terminal(&service).await;
    for n in 0..3 {
        place.rename_in(&format!("OQSsiquc01req_{n}.xml"), &document("x"));
        place.answer(&format!("OQSsiquc01res_{n}.err")).await;
    }
    terminal.stop().await;
    assert_eq!(service.mailbox.reports(), []);
}
