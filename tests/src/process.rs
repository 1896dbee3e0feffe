//! A process under test: its output, its end.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::wait::{PATIENCE, eventually};

/// A running process. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Mutex<Receiver<String>>,
    log: PathBuf,
}

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its status; none if a signal ended it.
    pub status: Option<i32>,
    /// What it printed on stdout and nobody has read.
    pub stdout: Vec<String>,
    /// All it printed on stderr.
    pub stderr: String,
}

/// A signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Please end.
    Terminate,
    /// Ctrl-C.
    Interrupt,
    /// End at once.
    Kill,
}

impl Process {
    /// Starts a command; its stderr goes to a file.
    #[must_use]
    pub fn start(mut command: Command, log: &Path) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                // Nobody receives: the test is over.
                let _ = sender.send(line);
            }
        });
        Self { child, lines: Mutex::new(lines), log: log.to_owned() }
    }

    /// The next line on stdout.
    ///
    /// # Panics
    /// If the process ends without one.
    #[must_use]
    pub fn line(&self) -> String {
        self.lines
            .lock()
            .unwrap()
            .recv_timeout(PATIENCE)
            .unwrap_or_else(|error| panic!("no line on stdout ({error}); stderr:\n{}", self.stderr()))
    }

    /// The next line on stdout, or none if the process ends without one.
    #[must_use]
    pub fn ready_line(&self) -> Option<String> {
        self.lines.lock().unwrap().recv_timeout(PATIENCE).ok()
    }

    /// Its number in the system.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has printed on stderr so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// If the process has ended.
    pub fn signal(&self, signal: Signal) {
        let flag = match signal {
            Signal::Terminate => "-TERM",
            Signal::Interrupt => "-INT",
            Signal::Kill => "-KILL",
        };
        let sent = Command::new("kill").args([flag, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "no process to send {signal:?} to");
    }

    /// Waits until it ends.
    #[must_use]
    pub fn wait(mut self) -> Ended {
        let status = eventually("the end of a process", || self.child.try_wait().unwrap());
        let stdout = self.lines.lock().unwrap().iter().collect();
        Ended { status: status.code(), stdout, stderr: self.stderr() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            eprintln!("--- stderr of a process under test\n{log}---");
        }
    }
}
