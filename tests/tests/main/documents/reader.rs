//! Somebody who follows a document: types its lines as they stand, but for place, ports and patience.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use system_tests::{Mock, binaries, eventually};

/// Looks for an answer more patiently than a reader of the document has to.
const PATIENT_CAT: &str = "patient_cat() {
    tries=900
    until test -s \"$1\" || test $tries = 0; do sleep 0.1; tries=$((tries - 1)); done
    cat \"$1\"
}
";

/// Addresses of this machine go through no proxy.
const DIRECT: [(&str, &str); 2] = [("NO_PROXY", "localhost,127.0.0.1"), ("no_proxy", "localhost,127.0.0.1")];

/// Reads and types, in the folder of a running onshi-mock.
pub(super) struct Reader {
    pub(super) mock: Mock,
    /// What the documents write, and what it is here.
    replaced: Vec<(String, String)>,
}

impl Reader {
    /// Sits down beside one that was started with nothing special.
    pub(super) fn new() -> Self {
        Self::beside(Mock::start())
    }

    /// Sits down beside a running one.
    pub(super) fn beside(mock: Mock) -> Self {
        let mut reader = Self { mock, replaced: Vec::new() };
        for host in ["localhost", "127.0.0.1"] {
            reader.port(host, 8443, reader.mock.service);
            reader.port(host, 8444, reader.mock.unregistered);
            reader.port(host, 8080, reader.mock.admin);
        }
        reader
    }

    /// Starts what a line of a document starts: `onshi-mock --flag value …`, with whatever comes after a `#`.
    pub(super) fn started_by(line: &str) -> Self {
        let command = line.split_once('#').map_or(line, |(command, _)| command);
        let mut words = command.split_whitespace();
        assert_eq!(words.next(), Some("onshi-mock"), "{line}");
        let words: Vec<_> = words.collect();
        let plan = words.chunks(2).fold(Mock::plan(), |plan, flag| match flag {
            ["--no-terminal", ..] => plan.without_terminal(),
            [name, value] => plan.flag(name, value),
            _ => panic!("a flag without a value: {line}"),
        });
        Self::beside(plan.start())
    }

    /// Takes free ports for those that a document names.
    pub(super) fn free_ports(&mut self, said: &[u16]) {
        let free: Vec<_> = said.iter().map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        for (said, free) in said.iter().zip(free) {
            for host in ["localhost", "127.0.0.1"] {
                self.port(host, *said, free.local_addr().unwrap().port());
            }
        }
    }

    fn port(&mut self, host: &str, said: u16, here: u16) {
        self.replaced.push((format!("{host}:{said}"), format!("{host}:{here}")));
    }

    /// Types the lines and waits for their end; what they print. The first that fails ends the test.
    pub(super) fn types(&self, lines: &str) -> String {
        self.begins(lines).end()
    }

    /// Types the lines, and leaves running what they started.
    pub(super) fn begins(&self, lines: &str) -> Typed {
        let mut here = lines.replace("sleep 1; cat ", "patient_cat ");
        for (said, own) in &self.replaced {
            here = here.replace(said, own);
        }
        let admin = self.mock.admin_url("");
        Typed::start(
            self.place(),
            &here,
            &[("ONSHI_ADMIN_URL", &admin), ("ONSHI_ADMIN_PORT", &self.mock.admin.to_string())],
        )
    }

    /// Puts a file beside.
    pub(super) fn writes(&self, file: &str, content: &str) {
        fs::write(self.place().join(file), content).unwrap();
    }

    /// What a file holds.
    pub(super) fn reads(&self, file: &str) -> Vec<u8> {
        fs::read(self.place().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    fn place(&self) -> &Path {
        self.mock.place.path()
    }
}

/// Lines that were typed into a shell of their own. Dropping it ends whatever they have started.
pub(super) struct Typed {
    shell: Child,
    said: tempfile::TempDir,
    lines: String,
}

impl Typed {
    /// Types lines into a shell in a folder. It finds our binaries on its path.
    pub(super) fn start(place: &Path, lines: &str, environment: &[(&str, &str)]) -> Self {
        let here = lines.replace("cargo run --release --", "onshi-mock").replace("target/release/", "");
        let said = tempfile::tempdir().unwrap();
        let file = |name| Stdio::from(File::create(said.path().join(name)).unwrap());
        let mut path = OsString::from(binaries::mock_path().parent().unwrap());
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        let shell = Command::new("sh")
            .args(["-euc", &format!("{PATIENT_CAT}{here}")])
            .current_dir(place)
            .env("PATH", path)
            .envs(DIRECT)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            // A group of its own, so that what runs behind it can be ended too.
            .process_group(0)
            .spawn()
            .unwrap();
        Self { shell, said, lines: here }
    }

    /// Waits for the end; what was printed.
    pub(super) fn end(mut self) -> String {
        let status = eventually("the end of the lines", || self.shell.try_wait().unwrap());
        let read = |name| fs::read_to_string(self.said.path().join(name)).unwrap();
        assert!(status.success(), "{}\n{}{}", self.lines, read("stdout"), read("stderr"));
        read("stdout")
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        let group = format!("-{}", self.shell.id());
        // Nothing may be left to be ended.
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.shell.wait();
    }
}

/// The last JSON document of an output.
pub(super) fn json(output: &str) -> Value {
    let start = output.rfind("\n{").map_or(0, |start| start + 1);
    let text = output.split_at(start).1;
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {output}"))
}
