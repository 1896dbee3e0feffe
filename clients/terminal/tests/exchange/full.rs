//! Folders that really fail: a full disk, a read-only share. They need file systems of their own, which only root may
//! mount; elsewhere there is nothing to show.
#![cfg(target_os = "linux")]

use std::{fs, path::Path, process::Command};

use crate::{
    document,
    place::{Place, eventually},
    service::{Reply, Service},
};

const REQUEST: &str = "OQSsiquc01req_1.xml";
const ANSWER: &str = "OQSsiquc01res_1.xml";

/// A small file system in a folder, until it is dropped.
struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    fn at(folder: &'a Path) -> Option<Self> {
        run("mount", &["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.to_str().unwrap()])
            .then_some(Self(folder))
    }

    fn again(&self, options: &str) -> bool {
        run("mount", &["-o", &format!("remount,{options}"), self.0.to_str().unwrap()])
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        run("umount", &["--lazy", self.0.to_str().unwrap()]);
    }
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|output| output.status.success())
}

async fn told(service: &Service, what: &str) {
    eventually("a report", || {
        let reports = service.mailbox.reports();
        reports.iter().any(|report| report.text.en.contains(what)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_answer_waits_while_the_disk_is_full() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let Some(_disk) = Mounted::at(&place.folders.res) else { return };
    let terminal = place.terminal(&service).await;
    let ballast = place.res("ballast");
    while fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&ballast)
        .and_then(|mut file| std::io::Write::write_all(&mut file, &[0; 4096]))
        .is_ok()
    {}
    place.rename_in(REQUEST, &document(&"long ".repeat(2000)));
    told(&service, "No space left").await;
    assert!(!place.res(ANSWER).exists());
    fs::remove_file(ballast).unwrap();
    assert!(place.answer(ANSWER).await.contains("long long"));
    place.nothing_left_to_do().await;
    assert_eq!(service.asked().len(), 1, "what was answered is not asked again");
    terminal.stop().await;
}

#[tokio::test]
async fn an_answer_waits_while_its_folder_is_read_only() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let Some(share) = Mounted::at(&place.folders.res) else { return };
    let terminal = place.terminal(&service).await;
    assert!(share.again("ro"));
    place.rename_in(REQUEST, &document("x"));
    told(&service, "Read-only").await;
    assert!(share.again("rw"));
    place.answer(ANSWER).await;
    place.nothing_left_to_do().await;
    assert_eq!(service.asked().len(), 1);
    terminal.stop().await;
}

#[tokio::test]
async fn a_request_stays_while_the_work_folder_is_away_and_is_told_of() {
    let (place, service) = (Place::new(), Service::start(Reply::echo));
    let terminal = place.terminal(&service).await;
    let away = place.folders.work.with_extension("away");
    fs::rename(&place.folders.work, &away).unwrap();
    place.rename_in(REQUEST, &document("x"));
    told(&service, "taking a request out of the folder").await;
    assert!(place.folders.req.join(REQUEST).exists(), "it stays where it is");
    fs::rename(away, &place.folders.work).unwrap();
    place.answer(ANSWER).await;
    place.nothing_left_to_do().await;
    terminal.stop().await;
}
