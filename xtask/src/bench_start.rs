//! `cargo xtask bench-start`: how long from process start until `/readyz` says 200. Prints, and judges nothing.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::command::{cargo, run as run_visibly};
use crate::{place, size};

const STARTS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two questions; the figure is that much too high at most.
const PAUSE: Duration = Duration::from_micros(500);

/// One running onshi-mock; ends with this value.
struct Mock(Child);

impl Drop for Mock {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub(crate) fn run() -> anyhow::Result<()> {
    run_visibly(&mut cargo(&["build", "--release", "--locked", "--package", "onshi-mock"]))?;
    let program = place::target().join("release").join(format!("onshi-mock{}", std::env::consts::EXE_SUFFIX));
    let folder = place::target().join("bench-start");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    let (first, mock) = start(&program, &folder)?;
    drop(mock);
    let mut times = Vec::new();
    let mut memory = None;
    for _ in 0..STARTS {
        let (took, mock) = start(&program, &folder)?;
        times.push(took);
        memory = resident(&mock.0);
    }
    times.sort();
    fs::remove_dir_all(&folder)?;
    report(&program, first, &times, memory)
}

fn report(program: &Path, first: Duration, times: &[Duration], memory: Option<String>) -> anyhow::Result<()> {
    let milliseconds = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    let median = milliseconds(times.get(times.len() / 2));
    let (least, most) = (milliseconds(times.first()), milliseconds(times.last()));
    let mut out = std::io::stdout().lock();
    writeln!(out, "process start to ready, {} starts with keys present", times.len())?;
    writeln!(out, "  median  {median:>7.1} ms\n  least   {least:>7.1} ms\n  most    {most:>7.1} ms")?;
    writeln!(out, "first start, which makes the keys\n          {:>7.1} ms", milliseconds(Some(&first)))?;
    writeln!(
        out,
        "memory once ready\n          {}",
        memory.as_deref().unwrap_or("not known on this system")
    )?;
    writeln!(out, "binary\n          {}", size::megabytes(size::file(program)?))?;
    Ok(())
}

fn start(program: &PathBuf, folder: &Path) -> anyhow::Result<(Duration, Mock)> {
    // Freed before onshi-mock takes it; nobody else is likely to in between.
    let admin = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ONSHI_")) {
        command.env_remove(name);
    }
    command.args(["--service-port", "0", "--admin-port", &admin.port().to_string()]);
    command.arg("--data").arg(folder.join("data")).arg("--exchange").arg(folder.join("OQS"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(fs::File::create(folder.join("log"))?);
    let started = Instant::now();
    let mut mock = Mock(command.spawn().with_context(|| format!("cannot run {}", program.display()))?);
    while !is_ready(admin) {
        if let Some(status) = mock.0.try_wait()? {
            bail!("onshi-mock ended with {status}: {}", fs::read_to_string(folder.join("log"))?.trim());
        }
        ensure!(started.elapsed() < PATIENCE, "not ready after {} s", PATIENCE.as_secs());
        sleep(PAUSE);
    }
    Ok((started.elapsed(), mock))
}

fn is_ready(admin: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(admin)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

fn resident(process: &Child) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")).map(|value| value.trim().to_owned())
}
