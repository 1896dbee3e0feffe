//! A whole house in this process, on free ports, and its admin port by hand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use certs::Authority;
use clap::Parser;
use onshi_mock::app::House;
use onshi_mock::journal::Exchange;
use onshi_mock::settings::Settings;
use onshi_mock::world::{DEFAULT, World, Worlds};
use serde_json::Value;

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
}

/// A house that runs on a thread of its own until it is dropped.
pub(crate) struct Standing {
    pub(crate) service: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) authority: Arc<Authority>,
    /// The clinic's terminal, the server and the worlds.
    pub(crate) terminal: certs::Identity,
    pub(crate) server: certs::Identity,
    pub(crate) worlds: Arc<Worlds>,
    pub(crate) world: Arc<World>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Standing {
    /// Starts one, with further flags and rows of the dialect.
    pub(crate) fn with(flags: &[&str], dialect: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(PathBuf::from(at("dialect.yaml")), dialect).unwrap();
        let (data, rows) = (at("data"), at("dialect.yaml"));
        let own = [
            "test",
            "--service-port",
            "0",
            "--admin-port",
            "0",
            "--no-terminal",
            "--client-key",
            "p256",
            "--workers",
            "1",
            "--data",
            &data,
            "--dialect",
            &rows,
        ];
        let settings = Arguments::parse_from(own.iter().chain(flags)).settings;
        let (started, ready) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let house = House::start(&settings).await.unwrap();
                let founding = &house.founding;
                let identity = |one: &certs::Identity| one.clone();
                started
                    .send((
                        (house.service, house.admin),
                        Arc::clone(&founding.authority),
                        (identity(&founding.terminal), identity(&founding.server)),
                        Arc::clone(&founding.worlds),
                    ))
                    .unwrap();
                let _ = stopped.await;
                house.stop().await;
            });
        });
        let ((service, admin), authority, (terminal, server), worlds) = ready.recv().unwrap();
        let world = worlds.named(DEFAULT).unwrap();
        let (stop, thread, _folder) = (Some(stop), Some(thread), folder);
        Self { service, admin, authority, terminal, server, worlds, world, stop, thread, _folder }
    }

    /// A call of the admin port: status and body.
    pub(crate) fn admin(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let mut stream = TcpStream::connect(self.admin).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    /// Opens a port of the default world.
    pub(crate) fn open(&self, style: &str, line: &str) -> SocketAddr {
        let wanted = serde_json::json!({ "style": style, "line": line });
        let (status, port) = self.admin("POST", "/api/v1/worlds/default/ports", &wanted);
        assert_eq!(status, 201, "{port}");
        let number = port["port"].as_u64().unwrap();
        SocketAddr::new(self.service.ip(), number.try_into().unwrap())
    }

    /// What the journal wrote last, and how many there are.
    pub(crate) fn last(&self) -> (u64, Arc<Exchange>) {
        self.world.journal.latest(1).into_iter().next().unwrap()
    }

    /// What the journal writes after so many exchanges; the client of a failed handshake may be quicker than it.
    pub(crate) fn after(&self, written: u64) -> Arc<Exchange> {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while self.world.journal.written() <= written {
            assert!(std::time::Instant::now() < until, "nothing was written into the journal");
            std::thread::yield_now();
        }
        self.last().1
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
