//! Which files are taken, and when.

use std::{fs, thread, time::Duration};

use onshi_terminal::Terminal;

use crate::{
    document,
    place::{Observer, Place, eventually, is_our_temporary_name, names},
    service::{Reply, Service},
};

#[tokio::test]
async fn a_request_that_is_renamed_into_place_gets_its_answer_and_leaves_no_trace() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let mut settings = place.settings(&service);
    settings.poll = Duration::from_secs(3600); // Only events can be so quick.
    let terminal = Terminal::start(settings).await.unwrap();
    let observer = Observer::of(&place.folders.res);
    let content = document("花子");

    place.rename_in("OQSsiquc01req_1.xml", &content);
    assert_eq!(place.answer("OQSsiquc01res_1.xml").await, format!("<!--answer-->{content}"));
    place.rename_in("OQSsiquc01req_2.xml", &content);
    place.answer("OQSsiquc01res_2.xml").await;

    place.nothing_left_to_do().await;
    assert_eq!(names(&place.folders.req), [""; 0]);
    for name in observer.all_names() {
        assert!(name.starts_with("OQSsiquc01res_") || is_our_temporary_name(&name), "{name}");
    }
    let asked = service.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].first_line, "POST /oqs/OQSsiquc01 HTTP/1.1");
    assert_eq!(asked[0].headers["content-type"], "application/xml");
    assert_eq!(asked[0].headers["accept"], "application/problem+json, */*");
    assert_eq!(asked[0].client, "1312345678-001");
    assert_eq!(asked[0].text(), content);
    assert_ne!(asked[0].key(), asked[1].key());
    terminal.stop().await;
}

#[tokio::test]
async fn a_request_that_is_written_slowly_in_place_is_taken_when_it_is_whole() {
    for (events, closing) in [(true, false), (true, true), (false, false), (false, true)] {
        let (place, service) = (Place::new(), Service::start(Reply::echo));
        let mut settings = place.settings(&service);
        settings.events = events;
        let terminal = Terminal::start(settings).await.unwrap();
        let content = document(&"long ".repeat(100));
        thread::scope(|scope| {
            scope.spawn(|| place.write_slowly("OQSsiquc01req_1.xml", &content, closing));
        });
        let answer = place.answer("OQSsiquc01res_1.xml").await;
        assert_eq!(answer, format!("<!--answer-->{content}"), "events {events}, closing {closing}");
        place.nothing_left_to_do().await;
        assert_eq!(service.asked().len(), 1);
        terminal.stop().await;
    }
}

#[tokio::test]
async fn looks_alone_find_every_request() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let mut settings = place.settings(&service);
    settings.events = false;
    place.rename_in("OQSsiquc01req_before.xml", &document("before"));
    let terminal = Terminal::start(settings).await.unwrap();
    place.answer("OQSsiquc01res_before.xml").await;
    place.rename_in("oqssiquc01REQ_After.XML", &document("after"));
    assert!(place.answer("oqssiquc01RES_After.xml").await.contains("after"));
    assert_eq!(service.asked()[1].first_line, "POST /oqs/oqssiquc01 HTTP/1.1");
    terminal.stop().await;
}

#[tokio::test]
async fn everything_that_is_no_request_is_left_untouched() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let terminal = place.terminal(&service).await;
    let req = &place.folders.req;
    for name in [
        ".OQSsiquc01req_1.xml.tmp",
        "OQSsiquc01req_2.xml.part",
        "OQSsiquc01res_3.xml",
        "Thumbs.db",
        "req.xml",
    ] {
        fs::write(req.join(name), document("x")).unwrap();
    }
    fs::create_dir(req.join("OQSsiquc01req_folder.xml")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(req.join("Thumbs.db"), req.join("OQSsiquc01req_link.xml")).unwrap();
    let foreign = names(req);

    // Two requests, one after the other: by then the folder has been looked at.
    for name in ["OQSsiquc01req_a.xml", "OQSsiquc01req_b.xml"] {
        place.rename_in(name, &document("x"));
        place.answer(&name.replace("req", "res")).await;
    }
    assert_eq!(names(req), foreign);
    assert_eq!(names(&place.folders.res), ["OQSsiquc01res_a.xml", "OQSsiquc01res_b.xml"]);
    terminal.stop().await;
}

#[tokio::test]
async fn times_of_files_that_jump_into_past_and_future_hold_nothing_up() {
    let days = |days: u64| Duration::from_secs(days * 86_400);
    let dates = [std::time::SystemTime::UNIX_EPOCH, std::time::SystemTime::UNIX_EPOCH + days(80 * 365)];
    for (events, date) in [(true, dates[0]), (true, dates[1]), (false, dates[0]), (false, dates[1])] {
        let (place, service) = (Place::new(), Service::start(Reply::echo));
        let mut settings = place.settings(&service);
        settings.events = events;
        let terminal = Terminal::start(settings).await.unwrap();
        for (name, content) in [("OQSsiquc01req_1.xml", "first"), ("OQSsiquc01req_2.xml", "second")] {
            let draft = place.folders.req.join("draft");
            fs::write(&draft, document(content)).unwrap();
            fs::File::open(&draft).unwrap().set_modified(date).unwrap();
            fs::rename(draft, place.folders.req.join(name)).unwrap();
        }
        assert!(place.answer("OQSsiquc01res_1.xml").await.contains("first"));
        assert!(place.answer("OQSsiquc01res_2.xml").await.contains("second"));
        place.nothing_left_to_do().await;
        terminal.stop().await;
    }
}

#[tokio::test]
async fn what_never_becomes_whole_is_taken_as_it_is_after_settling() {
    for content in ["<XmlMsg><A>cut", "", "no XML at all"] {
        let (place, service) = (Place::new(), Service::start(|_| Reply::status(400)));
        let mut settings = place.settings(&service);
        settings.settling = Duration::from_millis(200);
        let terminal = Terminal::start(settings).await.unwrap();
        fs::write(place.folders.req.join("OQSsiquc01req_1.xml"), content).unwrap();
        assert!(place.answer("OQSsiquc01res_1.err").await.contains("HTTP 400"));
        assert_eq!(service.asked()[0].text(), content);
        place.nothing_left_to_do().await;
        terminal.stop().await;
    }
}

#[tokio::test]
async fn a_file_that_is_too_long_is_refused_without_asking() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let mut settings = place.settings(&service);
    settings.settling = Duration::from_millis(200);
    let terminal = Terminal::start(settings).await.unwrap();
    let file = fs::File::create(place.folders.req.join("OQSmuquc01req_1.xml")).unwrap();
    file.set_len(16 * 1024 * 1024 + 1).unwrap();
    assert!(place.answer("OQSmuquc01res_1.err").await.starts_with("T102 "));
    assert!(service.asked().is_empty());
    terminal.stop().await;
}

#[tokio::test]
async fn a_folder_that_vanishes_and_returns_is_watched_again() {
    for events in [true, false] {
        let (place, service) = (Place::new(), Service::start(Reply::echo));
        let mut settings = place.settings(&service);
        settings.events = events;
        let terminal = Terminal::start(settings).await.unwrap();
        place.rename_in("OQSsiquc01req_1.xml", &document("x"));
        place.answer("OQSsiquc01res_1.xml").await;
        fs::remove_dir_all(&place.folders.req).unwrap();
        fs::create_dir(&place.folders.req).unwrap();
        place.rename_in("OQSsiquc01req_2.xml", &document("x"));
        place.answer("OQSsiquc01res_2.xml").await;
        terminal.stop().await;
    }
}

#[tokio::test]
async fn many_requests_at_once_half_of_them_written_slowly_get_one_answer_each() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let terminal = place.terminal(&service).await;
    thread::scope(|scope| {
        for n in 0..60 {
            let place = &place;
            scope.spawn(move || match n % 3 {
                0 => place.rename_in(&format!("OQSsiquc01req_{n}.xml"), &document(&format!("no {n}."))),
                rest => {
                    place.write_slowly(
                        &format!("OQSsiquc01req_{n}.xml"),
                        &document(&format!("no {n}.")),
                        rest == 1,
                    );
                }
            });
        }
    });
    for n in 0..60 {
        assert!(place.answer(&format!("OQSsiquc01res_{n}.xml")).await.contains(&format!("no {n}.")));
    }
    place.nothing_left_to_do().await;
    eventually("empty folder", || names(&place.folders.req).is_empty().then_some(())).await;
    assert_eq!((service.asked().len(), names(&place.folders.res).len()), (60, 60));
    terminal.stop().await;
}
