//! Ports that worlds open besides the process's own: each with its line and its style, owned by its world.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_server::ServerHandle;

use crate::accept::Entrance;
use crate::line::{Line, Network, TableFull};
use crate::serving::Serving;
use crate::tls::Style;

/// Most ports that worlds may have open together; each has threads of its own.
pub const MOST_PORTS: usize = 64;

/// The ports that worlds have opened.
#[derive(Debug)]
pub struct Ports {
    serving: Serving,
    address: IpAddr,
    open: Mutex<BTreeMap<u16, Opened>>,
}

#[derive(Debug)]
struct Opened {
    port: OpenPort,
    server: ServerHandle,
}

/// A port that a world has opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPort {
    /// Where it listens.
    pub at: SocketAddr,
    /// The world that owns it.
    pub world: Arc<str>,
    /// How it refuses.
    pub style: Style,
    /// The line whose end it is.
    pub line: Line,
}

/// Why a port cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// There are too many.
    #[error("worlds have {MOST_PORTS} ports open, which is the most; close one first")]
    TooMany,
    /// Somebody else has it.
    #[error("port {0} is in use; choose another, or 0 for any free one")]
    InUse(u16),
    /// The table of lines is full.
    #[error(transparent)]
    Lines(#[from] TableFull),
    /// The system doesn't let us listen.
    #[error("cannot listen on port {port}")]
    Listen {
        /// The port.
        port: u16,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
}

impl Ports {
    pub(crate) fn new(serving: Serving, address: IpAddr) -> Self {
        // A world's port has little to do; one thread each is enough.
        Self { serving: Serving { workers: Some(1), ..serving }, address, open: Mutex::default() }
    }

    /// The network of the process.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.serving.door.network
    }

    /// Opens a port for a world; 0 takes any free one. When it returns, the port accepts.
    ///
    /// # Errors
    /// [`PortError`] with what is in the way.
    pub fn open(&self, world: &str, port: u16, style: Style, line: Line) -> Result<OpenPort, PortError> {
        // Held over the few system calls, so that the bound holds; the lock is asked for only here and in `close`.
        let mut open = self.lock();
        if open.len() >= MOST_PORTS {
            return Err(PortError::TooMany);
        }
        let listen = |source: io::Error| {
            let in_use = source.kind() == io::ErrorKind::AddrInUse;
            if in_use { PortError::InUse(port) } else { PortError::Listen { port, source } }
        };
        let listener = TcpListener::bind((self.address, port)).map_err(listen)?;
        let at = listener.local_addr().map_err(listen)?;
        self.network().change(|table| table.assign(at.port(), line.clone()))?;
        let world: Arc<str> = world.into();
        let entrance = Entrance { port: at.port(), style, owner: Some(Arc::clone(&world)) };
        let server = self.serving.open([(listener, entrance)]).map_err(|source| {
            self.network().change(|table| table.unassign(at.port()));
            listen(source)
        })?;
        let port = OpenPort { at, world, style, line };
        open.insert(at.port(), Opened { port: port.clone(), server });
        Ok(port)
    }

    /// The ports of a world, by number.
    #[must_use]
    pub fn of(&self, world: &str) -> Vec<OpenPort> {
        let open = self.lock();
        open.values()
            .filter(|opened| &*opened.port.world == world)
            .map(|opened| opened.port.clone())
            .collect()
    }

    /// Closes a port of a world at once; whether there was one.
    pub async fn close(&self, world: &str, port: u16) -> bool {
        let opened = {
            let mut open = self.lock();
            let owned = open.get(&port).is_some_and(|opened| &*opened.port.world == world);
            if owned { open.remove(&port) } else { None }
        };
        let Some(opened) = opened else { return false };
        self.network().change(|table| table.unassign(port));
        opened.server.stop(false).await;
        true
    }

    /// Closes every port whose world is gone.
    pub async fn close_orphans(&self, lives: impl Fn(&str) -> bool) {
        let owned = |opened: &Opened| (Arc::clone(&opened.port.world), opened.port.at.port());
        let all: Vec<_> = self.lock().values().map(owned).collect();
        for (world, port) in all.into_iter().filter(|(world, _)| !lives(world)) {
            self.close(&world, port).await;
        }
    }

    /// Closes every port: the process ends.
    pub async fn close_all(&self) {
        let all = std::mem::take(&mut *self.lock());
        for opened in all.into_values() {
            opened.server.stop(false).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u16, Opened>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
