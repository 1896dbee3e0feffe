//! One and the same suite as a receipt computer sees it: on a local disk with file events, with looks alone, and through
//! a real SMB share (smbd and smbclient of Samba, on loopback).

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use system_tests::{Mock, Place, eventually, holds, names};

use super::{element, identified, started};

/// What a receipt computer can do with the exchange folder, wherever it is.
trait Desk {
    /// Writes a file in place.
    fn write(&self, path: &str, bytes: &[u8]);
    /// Writes it in two pieces with a pause between them.
    fn write_slowly(&self, path: &str, bytes: &[u8]);
    fn rename(&self, from: &str, to: &str);
    fn read(&self, path: &str) -> Option<Vec<u8>>;
    fn remove(&self, path: &str);
    fn list(&self, folder: &str) -> Vec<String>;
}

/// The folder itself.
struct Disk(PathBuf);

impl Desk for Disk {
    fn write(&self, path: &str, bytes: &[u8]) {
        fs::write(self.0.join(path), bytes).unwrap();
    }

    fn write_slowly(&self, path: &str, bytes: &[u8]) {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let mut file = fs::File::create(self.0.join(path)).unwrap();
        file.write_all(first).unwrap();
        thread::sleep(Duration::from_millis(300));
        file.write_all(second).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.0.join(from), self.0.join(to)).unwrap();
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.0.join(path)).ok()
    }

    fn remove(&self, path: &str) {
        fs::remove_file(self.0.join(path)).unwrap();
    }

    fn list(&self, folder: &str) -> Vec<String> {
        names(&self.0.join(folder))
    }
}

/// The folder through a share.
struct Share {
    smbd: Child,
    port: u16,
    place: Place,
}

impl Share {
    /// Shares a folder. `None` if Samba isn't there.
    fn of(folder: &Path) -> Option<Self> {
        let place = Place::new();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let at = |name: &str| {
            fs::create_dir_all(place.at(name)).unwrap();
            place.at(name).display().to_string()
        };
        let (state, user) = (at("state"), output("id", &["-un"])?);
        let conf = format!(
            "[global]\nsmb ports = {port}\ninterfaces = 127.0.0.1\nbind interfaces only = yes\n\
             map to guest = bad user\nguest account = {user}\nload printers = no\ndisable spoolss = yes\n\
             private dir = {state}\nlock directory = {state}\nstate directory = {state}\ncache directory = {state}\n\
             pid directory = {state}\nncalrpc dir = {state}\nlog file = {state}/log\n\
             [OQS]\npath = {}\nguest ok = yes\nread only = no\nforce user = {user}\n",
            folder.display()
        );
        fs::write(place.at("smb.conf"), conf).unwrap();
        let mut command = Command::new("smbd");
        command.args(["--foreground", "--no-process-group", "--configfile"]).arg(place.at("smb.conf"));
        let log = fs::File::create(place.at("smbd.log")).unwrap();
        let smbd = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().ok()?;
        let share = Self { smbd, port, place };
        eventually("smbd", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
        eventually("the share", || holds(share.run("ls").is_some()));
        Some(share)
    }

    /// Runs commands of smbclient; what it prints, or `None` if one of them fails.
    fn run(&self, commands: &str) -> Option<String> {
        let output = Command::new("smbclient")
            .args(["//127.0.0.1/OQS", "--no-pass", "--port", &self.port.to_string()])
            .args(["--configfile"])
            .arg(self.place.at("smb.conf"))
            .args(["--command", commands])
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.success() && !text.contains("NT_STATUS_")).then_some(text)
    }

    fn must(&self, commands: &str) {
        assert!(self.run(commands).is_some(), "smbclient: {commands}");
    }

    fn local(&self, bytes: &[u8]) -> String {
        let path = self.place.at("upload");
        fs::write(&path, bytes).unwrap();
        path.display().to_string()
    }
}

impl Desk for Share {
    fn write(&self, path: &str, bytes: &[u8]) {
        let local = self.local(bytes);
        self.must(&format!("put \"{local}\" \"{path}\""));
    }

    fn write_slowly(&self, path: &str, bytes: &[u8]) {
        // smbclient sends what it has read of a pipe, in pieces of the smallest size that it knows.
        let pipe = self.place.at("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        thread::scope(|scope| {
            scope.spawn(|| Disk(self.place.path().to_owned()).write_slowly("pipe", bytes));
            self.must(&format!("iosize 16384; put \"{}\" \"{path}\"", pipe.display()));
        });
        fs::remove_file(pipe).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        self.must(&format!("rename \"{from}\" \"{to}\""));
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        let local = self.place.at("download");
        let _ = fs::remove_file(&local);
        self.run(&format!("get \"{path}\" \"{}\"", local.display()))?;
        fs::read(local).ok()
    }

    fn remove(&self, path: &str) {
        self.must(&format!("del \"{path}\""));
    }

    fn list(&self, folder: &str) -> Vec<String> {
        let text = self.run(&format!("cd \"{folder}\"; ls")).unwrap_or_default();
        // Two spaces, the name, then attributes and size, of which the size is digits.
        let name = |line: &str| {
            let line = line.strip_prefix("  ")?;
            let end = line.find("   ")?;
            line.get(..end).map(|name| name.trim().to_owned())
        };
        let mut names: Vec<_> =
            text.lines().filter_map(name).filter(|name| name != "." && name != "..").collect();
        names.sort();
        names
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let _ = self.smbd.kill();
        let _ = self.smbd.wait();
    }
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// Folders in the letter case in which institutions have them.
fn place() -> Place {
    let place = Place::new();
    for folder in ["OQS/REQ", "OQS/Res", "OQS/face"] {
        fs::create_dir_all(place.at(folder)).unwrap();
    }
    place
}

fn answer(desk: &dyn Desk, name: &str) -> String {
    let bytes = eventually(name, || desk.read(&format!("Res/{name}")));
    String::from_utf8(bytes).unwrap()
}

/// Asks by renaming into place, and takes the answer away.
fn exchange(desk: &dyn Desk, mock: &Mock, stem: &str) {
    desk.write(&format!("REQ/{stem}.tmp"), &identified(mock, "suite"));
    desk.rename(&format!("REQ/{stem}.tmp"), &format!("REQ/OQSsiquc01req_{stem}.xml"));
    let name = format!("OQSsiquc01res_{stem}.xml");
    assert!(answer(desk, &name).contains(&element("suite")), "{stem}");
    desk.remove(&format!("Res/{name}"));
}

fn suite(mock: &Mock, place: &Place, desk: &dyn Desk) {
    exchange(desk, mock, "renamed");
    exchange(desk, mock, "受付１番");
    // Used again, after its answer was taken away.
    exchange(desk, mock, "renamed");

    desk.write("REQ/OQSsiquc01req_in-place.xml", &identified(mock, "in-place"));
    assert!(answer(desk, "OQSsiquc01res_in-place.xml").contains(&element("in-place")));
    let mut large = identified(mock, "slowly");
    large.resize(80 * 1024, b' ');
    desk.write_slowly("REQ/OQSsiquc01req_slowly.xml", &large);
    assert!(answer(desk, "OQSsiquc01res_slowly.xml").contains(&element("slowly")));
    desk.write("REQ/oqssiquc01REQ_CASE.XML", &identified(mock, "case"));
    assert!(answer(desk, "oqssiquc01RES_CASE.xml").contains(&element("case")));

    desk.write("REQ/OQSsiquc01req_broken.xml", b"<XmlMsg><MessageHeader>");
    assert!(answer(desk, "OQSsiquc01res_broken.err").starts_with("X913 "));
    desk.write("REQ/OQSsiquc01req_unanswered.tmp", &identified(mock, "draft"));
    desk.write("REQ/readme.txt", b"none of its business");

    for n in 0..20 {
        desk.write(&format!("REQ/draft-{n}"), &identified(mock, &format!("many-{n}")));
        desk.rename(&format!("REQ/draft-{n}"), &format!("REQ/OQSsiquc01req_many-{n}.xml"));
    }
    for n in 0..20 {
        assert!(
            answer(desk, &format!("OQSsiquc01res_many-{n}.xml")).contains(&element(&format!("many-{n}")))
        );
    }
    assert_eq!(desk.list("REQ"), ["OQSsiquc01req_unanswered.tmp", "readme.txt"]);
    let work =
        || names(&place.at("OQS/.work")).iter().all(|name| name.starts_with('.') || name == "deliveries");
    eventually("empty work folder", || holds(work()));
    let answers = desk.list("Res");
    assert_eq!(answers.len(), 24, "{answers:?}");
    assert_eq!(mock.journal().len(), 27, "each was asked once");
}

#[test]
fn the_suite_passes_on_a_local_disk_with_events() {
    let (mock, place) = (Mock::plan().without_terminal().start(), place());
    let _terminal = started(&mock, &place, &[]);
    suite(&mock, &place, &Disk(place.at("OQS")));
}

#[test]
fn the_suite_passes_with_looks_alone() {
    let (mock, place) = (Mock::plan().without_terminal().start(), place());
    let _terminal = started(&mock, &place, &["--no-events", "--poll", "200ms"]);
    suite(&mock, &place, &Disk(place.at("OQS")));
}

#[test]
fn the_suite_passes_through_a_samba_share() {
    let (mock, place) = (Mock::plan().without_terminal().start(), place());
    let Some(share) = Share::of(&place.at("OQS")) else {
        let required = std::env::var_os("CI").is_some() || std::env::var_os("ONSHI_REQUIRE_TOOLS").is_some();
        assert!(!required, "smbd and smbclient are missing: apt-get install samba smbclient");
        eprintln!("SKIPPED: smbd and smbclient are missing: apt-get install samba smbclient");
        return;
    };
    let _terminal = started(&mock, &place, &[]);
    suite(&mock, &place, &share);
}
