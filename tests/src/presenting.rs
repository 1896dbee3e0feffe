//! Other people's TLS clients, each presenting certificates in its own way.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const REQUEST: &[u8] = b"GET /oqs/OQSsiquc01 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// One certificate to be presented at a port.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// What it is called.
    pub name: String,
    /// The port.
    pub port: u16,
    /// Arguments of `openssl s_client`.
    pub openssl: Vec<String>,
    /// Arguments of `curl`.
    pub curl: Vec<String>,
    /// What `OPENSSL_CONF` is for `curl`.
    pub openssl_conf: Option<String>,
    /// Certificate, key and, if need be, ciphers for Python.
    pub python: Vec<String>,
    /// PKCS#12 file and password for Java.
    pub java: Option<(String, String)>,
}

/// What `openssl s_client` says, on both channels.
#[must_use]
pub fn openssl(folder: &Path, case: &Case) -> String {
    let mut command = Command::new("openssl");
    command
        .current_dir(folder)
        .args(["s_client", "-quiet", "-ign_eof", "-verify_return_error", "-verify_hostname", "localhost"])
        .args(["-servername", "localhost", "-connect", &format!("127.0.0.1:{}", case.port)])
        .args(&case.openssl);
    said(&with_input(command, REQUEST))
}

/// What `curl` says, on both channels.
#[must_use]
pub fn curl(folder: &Path, case: &Case) -> String {
    let url = format!("https://localhost:{}/oqs/OQSsiquc01", case.port);
    let mut command = Command::new("curl");
    if let Some(file) = &case.openssl_conf {
        command.env("OPENSSL_CONF", folder.join(file));
    }
    command.current_dir(folder).args(["-q", "-sS", "--noproxy", "*", "-m", "20"]).args(&case.curl).arg(url);
    said(&with_input(command, b""))
}

/// What Python sees with each case, by name.
#[must_use]
pub fn python(folder: &Path, cases: &[Case]) -> Vec<(String, String)> {
    let line = |case: &Case| {
        let mut fields = vec![case.name.clone(), case.port.to_string()];
        fields.extend(case.python.iter().cloned());
        fields.resize(5, "-".to_owned());
        fields.join("\t") + "\n"
    };
    let output = run_script(folder, &["python3", "present.py"], cases.iter().map(line).collect());
    let read = |line: &str| {
        let seen: Value = serde_json::from_str(line).unwrap();
        let text = |member: &str| seen[member].as_str().unwrap().to_owned();
        (text("name"), text("seen"))
    };
    output.lines().map(read).collect()
}

/// What Java sees with each case, by name; in `TLSv1.2` or `TLSv1.3`.
#[must_use]
pub fn java(folder: &Path, version: &str, cases: &[Case]) -> Vec<(String, String)> {
    let line = |case: &Case| {
        let (file, password) = case.java.clone().unwrap_or_else(|| ("-".to_owned(), "-".to_owned()));
        format!("{}\t{}\t{file}\t{password}\n", case.name, case.port)
    };
    let output = run_script(folder, &["java", "Present.java", version], cases.iter().map(line).collect());
    let read = |line: &str| {
        let (name, seen) = line.split_once('\t').unwrap();
        (name.to_owned(), seen.to_owned())
    };
    output.lines().map(read).collect()
}

/// Runs a program with a script of this folder and further arguments.
fn run_script(folder: &Path, run: &[&str], cases: String) -> String {
    let [program, script, more @ ..] = run else { panic!("{run:?}") };
    fs::write(folder.join("cases.tsv"), cases).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let mut command = Command::new(program);
    command.current_dir(folder).arg(script).args(["ca.pem", "cases.tsv"]).args(more);
    let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn with_input(mut command: Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // Who has refused already doesn't read any more.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}
