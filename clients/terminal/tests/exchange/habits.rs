//! Bad habits on request: what a scenario can make the terminal do with an answer's file, each of them; and that every
//! request still has its one answer in the end, unless the scenario wants none.

use std::{collections::BTreeSet, fs, time::Duration};

use messages::habit::{HABIT_HEADER, Habit, Lapse};
use onshi_terminal::Running;

use crate::{
    document,
    place::{Observer, Place, eventually, is_our_temporary_name, names},
    service::{Asked, Reply, Service},
};

const REQUEST: &str = "OQSsiquc01req_bad.xml";
const ANSWER: &str = "OQSsiquc01res_bad.xml";

fn lapse(text: &str) -> Lapse {
    text.parse().unwrap()
}

/// Longer than any test waits.
fn an_hour() -> Lapse {
    lapse("1h")
}

/// Requests whose text says so are answered with the habit.
fn service(habit: &Habit) -> Service {
    let header = habit.to_header();
    Service::start(move |asked: &Asked| {
        let reply = Reply::echo(asked);
        if asked.text().contains("<A>bad</A>") { reply.with(HABIT_HEADER, &header) } else { reply }
    })
}

fn whole() -> String {
    format!("<!--answer-->{}", document("bad"))
}

/// So many hundredths of it.
fn part_of(percent: usize) -> String {
    let whole = whole();
    whole.get(..whole.len() * percent / 100).unwrap().to_owned()
}

async fn begin(habit: &Habit) -> (Place, Service, Running) {
    let (place, service) = (Place::new(), service(habit));
    let terminal = place.terminal(&service).await;
    place.rename_in(REQUEST, &document("bad"));
    (place, service, terminal)
}

/// Another request goes its way meanwhile.
async fn another(place: &Place, n: usize) {
    place.rename_in(&format!("OQSsiquc01req_good-{n}.xml"), &document(&format!("good {n}")));
    let answer = place.answer(&format!("OQSsiquc01res_good-{n}.xml")).await;
    assert!(answer.contains(&format!("good {n}")));
}

#[tokio::test]
async fn a_late_answer_comes_later_than_others_and_survives_a_restart() {
    let (place, service, terminal) = begin(&Habit::Late { by: an_hour() }).await;
    eventually("asking", || (service.asked().len() == 1).then_some(())).await;
    another(&place, 1).await;
    assert!(!place.res(ANSWER).exists());
    terminal.stop().await;
    // Asked again, it is late again, by less this time.
    let service = self::service(&Habit::Late { by: lapse("300ms") });
    let terminal = place.terminal(&service).await;
    assert_eq!(place.answer(ANSWER).await, whole());
    place.nothing_left_to_do().await;
    terminal.stop().await;
}

#[tokio::test]
async fn a_lost_answer_never_comes_and_leaves_nothing() {
    let (place, service, terminal) = begin(&Habit::Lost {}).await;
    eventually("asking", || (service.asked().len() == 1).then_some(())).await;
    another(&place, 1).await;
    place.nothing_left_to_do().await;
    assert_eq!(names(&place.folders.res), ["OQSsiquc01res_good-1.xml"]);
    assert_eq!(names(&place.folders.req), [""; 0]);
    terminal.stop().await;
}

#[tokio::test]
async fn a_duplicated_answer_comes_again_after_it_was_taken_away() {
    let (place, _service, terminal) =
        begin(&Habit::Duplicated { times: Some(3), apart: Some(lapse("200ms")) }).await;
    for time in 1..=3 {
        assert_eq!(place.answer(ANSWER).await, whole(), "time {time}");
        fs::remove_file(place.res(ANSWER)).unwrap();
    }
    place.nothing_left_to_do().await;
    assert!(!place.res(ANSWER).exists(), "not a fourth time");
    terminal.stop().await;
}

#[tokio::test]
async fn a_half_written_answer_is_there_in_part_and_completed_later() {
    let habit = Habit::HalfWritten { percent: Some(40), completed_after: Some(lapse("500ms")) };
    let (place, _service, terminal) = begin(&habit).await;
    let part = place.answer(ANSWER).await;
    assert_eq!(part, part_of(40));
    eventually("the rest", || (fs::read_to_string(place.res(ANSWER)).ok()? == whole()).then_some(())).await;
    place.nothing_left_to_do().await;
    terminal.stop().await;
}

#[tokio::test]
async fn an_answer_that_stays_half_written_is_the_answer() {
    let habit = Habit::HalfWritten { percent: None, completed_after: None };
    let (place, _service, terminal) = begin(&habit).await;
    assert_eq!(place.answer(ANSWER).await, part_of(50));
    place.nothing_left_to_do().await;
    terminal.stop().await;
}

#[tokio::test]
async fn an_answer_may_have_a_wrong_name_but_never_one_in_another_folder() {
    for (wished, name) in [
        (Some("OQSsiquc01res_間違い.xml"), "OQSsiquc01res_間違い.xml"),
        (None, "oqssiquc01res_bad.xml"),
        (Some("../req/OQSsiquc01req_evil.xml"), "oqssiquc01res_bad.xml"),
    ] {
        let habit = Habit::WrongName { name: wished.map(Into::into) };
        let (place, _service, terminal) = begin(&habit).await;
        assert_eq!(place.answer(name).await, whole());
        place.nothing_left_to_do().await;
        assert_eq!(names(&place.folders.res), [name]);
        terminal.stop().await;
    }
}

#[tokio::test]
async fn an_err_file_may_stand_for_an_answer() {
    for (content, begins) in [(Some("通信エラー"), "通信エラー"), (None, "T105 シナリオ")] {
        let (place, _service, terminal) = begin(&Habit::Err { content: content.map(Into::into) }).await;
        assert!(place.answer("OQSsiquc01res_bad.err").await.starts_with(begins));
        place.nothing_left_to_do().await;
        assert_eq!(names(&place.folders.res), ["OQSsiquc01res_bad.err"]);
        terminal.stop().await;
    }
}

#[tokio::test]
async fn a_locked_answer_is_there_and_can_be_opened_only_later() {
    let (place, _service, terminal) = begin(&Habit::Locked { r#for: lapse("700ms") }).await;
    let path = place.res(ANSWER);
    eventually("the file", || path.exists().then_some(())).await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0);
        // Whoever may open it in spite of its mode, as root may, finds it locked.
        if let Ok(file) = fs::File::open(&path) {
            assert!(matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)));
        }
    }
    #[cfg(windows)]
    assert!(fs::read(&path).is_err());
    let opened = || {
        let file = fs::File::open(&path).ok()?;
        file.try_lock().ok()?;
        fs::read_to_string(&path).ok()
    };
    assert_eq!(eventually("the end of the lock", opened).await, whole());
    #[cfg(unix)]
    assert_ne!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o400,
        0
    );
    place.nothing_left_to_do().await;
    terminal.stop().await;
}

#[tokio::test]
async fn an_answer_out_of_order_comes_after_so_many_later_ones() {
    let (place, service, terminal) =
        begin(&Habit::OutOfOrder { behind: Some(2), at_most: Some(an_hour()) }).await;
    eventually("asking", || (service.asked().len() == 1).then_some(())).await;
    // The service may have been asked before the terminal has its answer: then it takes some more.
    let mut others = 0;
    while !place.res(ANSWER).exists() {
        others += 1;
        assert!(others < 100, "it never comes");
        another(&place, others).await;
        assert!(others >= 2 || !place.res(ANSWER).exists(), "not before the second");
    }
    assert_eq!(place.answer(ANSWER).await, whole());
    terminal.stop().await;
}

#[tokio::test]
async fn an_answer_out_of_order_without_later_ones_comes_nevertheless() {
    let (place, _service, terminal) =
        begin(&Habit::OutOfOrder { behind: None, at_most: Some(lapse("100ms")) }).await;
    assert_eq!(place.answer(ANSWER).await, whole());
    terminal.stop().await;
}

#[tokio::test]
async fn the_answer_of_another_request_stands_under_the_name_of_this_one() {
    let (place, service) = (Place::new(), service(&Habit::OtherAnswer {}));
    let terminal = place.terminal(&service).await;
    another(&place, 1).await;
    place.nothing_left_to_do().await;
    place.rename_in(REQUEST, &document("bad"));
    assert!(place.answer(ANSWER).await.contains("good 1"));
    terminal.stop().await;
}

#[tokio::test]
async fn while_the_disk_is_said_to_be_full_no_answer_comes_and_none_is_lost() {
    let (place, service, terminal) = begin(&Habit::DiskFull { r#for: lapse("600ms") }).await;
    eventually("a report", || (!service.mailbox.reports().is_empty()).then_some(())).await;
    let report = &service.mailbox.reports()[0];
    assert_eq!(report.label, "T201");
    assert!(report.text.en.contains("write the answer"), "{report:?}");
    another(&place, 1).await;
    assert_eq!(place.answer(ANSWER).await, whole());
    place.nothing_left_to_do().await;
    assert_eq!(service.asked().len(), 2, "what was answered is not asked again");
    terminal.stop().await;
}

#[tokio::test]
async fn a_habit_that_the_terminal_does_not_know_is_none() {
    let service = Service::start(|asked| Reply::echo(asked).with(HABIT_HEADER, r#"{"dance":{}}"#));
    let place = Place::new();
    let terminal = place.terminal(&service).await;
    place.rename_in(REQUEST, &document("bad"));
    assert_eq!(place.answer(ANSWER).await, whole());
    terminal.stop().await;
}

#[tokio::test]
async fn killed_in_the_middle_of_any_habit_it_leaves_one_answer_at_the_end() {
    for habit in [
        Habit::Late { by: an_hour() },
        Habit::Duplicated { times: None, apart: Some(an_hour()) },
        Habit::HalfWritten { percent: None, completed_after: Some(an_hour()) },
        Habit::Locked { r#for: an_hour() },
        Habit::OutOfOrder { behind: None, at_most: Some(an_hour()) },
        Habit::DiskFull { r#for: an_hour() },
    ] {
        let (place, service, terminal) = begin(&habit).await;
        eventually("asking", || (service.asked().len() == 1).then_some(())).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let key = service.asked()[0].key().to_owned();
        drop(terminal);
        let good = Service::start(Reply::echo);
        eventually("the end of the first", || lock_is_free(&place).then_some(())).await;
        let observer = Observer::of(&place.folders.res);
        let terminal = place.terminal(&good).await;
        place.nothing_left_to_do().await;
        assert_eq!(fs::read_to_string(place.res(ANSWER)).unwrap(), whole(), "{habit:?}");
        assert_eq!(good.asked()[0].key(), key, "{habit:?}");
        let seen: BTreeSet<_> =
            observer.all_names().into_iter().filter(|name| !is_our_temporary_name(name)).collect();
        assert_eq!(seen, BTreeSet::from([ANSWER.to_owned()]), "{habit:?}");
        terminal.stop().await;
    }
}

/// Whether the terminal before has let go of its work folder.
fn lock_is_free(place: &Place) -> bool {
    fs::File::open(place.folders.work.join(".lock")).is_ok_and(|file| file.try_lock().is_ok())
}
