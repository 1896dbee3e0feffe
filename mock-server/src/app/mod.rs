//! The whole house: listeners, worlds and the built-in terminal, started and stopped together.

mod error;
mod listening;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::rt::task::JoinHandle;
use actix_web::web::Data;
use onshi_terminal::{FolderError, Folders, Running, Terminal, WorkError};

pub use error::StartError;
pub(crate) use listening::reachable;

use crate::admin::{Admin, Guard};
use crate::founding::{Creator, Founding};
use crate::metrics::Metrics;
use crate::office::Office;
use crate::ports::Ports;
use crate::registered::Institution;
use crate::settings::Settings;
use crate::watch;
use crate::world::{DEFAULT, Worlds};
use crate::wrong::Servers;
use listening::{address, bind, bind_lines, serve_admin, serve_lines};

/// Time between two looks at whether a ledger's file has grown much.
const BETWEEN_TIDYINGS: Duration = Duration::from_secs(60);

/// A running house.
#[derive(Debug)]
pub struct House {
    /// The registered line.
    pub service: SocketAddr,
    /// The unregistered line.
    pub unregistered: SocketAddr,
    /// The admin port.
    pub admin: SocketAddr,
    /// The exchange folder, if the terminal runs.
    pub exchange: Option<PathBuf>,
    /// What it began with.
    pub founding: Founding,
    ports: Arc<Ports>,
    servers: Vec<ServerHandle>,
    terminal: Option<Running>,
    scenarios: Option<watch::Watching>,
    tidying: JoinHandle<()>,
}

impl House {
    /// Starts everything; when it returns, every listener accepts.
    ///
    /// # Errors
    /// [`StartError`] with what is in the way and how to mend it.
    pub async fn start(settings: &Settings) -> Result<Self, StartError> {
        let guard =
            Guard::new(settings.admin_address, settings.admin_token.as_deref(), &settings.admin_hosts)?;
        let (service, unregistered) = bind_lines(settings)?;
        let admin = bind((settings.admin_address, settings.admin_port).into(), "--admin-port")?;
        let addresses = [address(&service)?, address(&unregistered)?, address(&admin)?];
        let [service_at, unregistered_at, admin_at] = addresses;
        let founding = Founding::begin(settings, reachable(admin_at))?;
        let scenarios = load_scenarios(settings, &founding)?;

        let metrics = Arc::new(Metrics::default());
        let (serving, lines) = serve_lines(settings, &founding, &metrics, [service, unregistered])?;
        let ports = Arc::new(Ports::new(serving, settings.service_address));
        let state = Data::new(Admin {
            ports: Arc::clone(&ports),
            worlds: Arc::clone(&founding.worlds),
            creator: creator(settings, &founding, service_at),
            root_pem: founding.authority.root_pem().to_owned(),
            ready: AtomicBool::new(false),
            metrics: Arc::clone(&metrics),
            guard,
        });
        let servers = vec![
            lines,
            serve_admin(
                admin,
                state.clone(),
                office(&founding),
                wrong_servers(settings, &founding, service_at),
            )
            .map_err(|source| StartError::Listen { address: admin_at, source })?,
        ];
        let tidying = actix_web::rt::spawn(tidy(Arc::clone(&founding.worlds)));
        let mut house = Self {
            service: service_at,
            unregistered: unregistered_at,
            admin: admin_at,
            exchange: None,
            founding,
            ports,
            servers,
            terminal: None,
            scenarios,
            tidying,
        };
        if !settings.no_terminal {
            house.start_terminal(settings).await?;
        }
        house.write_port_file(settings)?;
        state.ready.store(true, Ordering::Release);
        Ok(house)
    }

    async fn start_terminal(&mut self, settings: &Settings) -> Result<(), StartError> {
        let folders = match Folders::under(&settings.exchange) {
            Ok(folders) => folders,
            Err(error) => {
                warn_without_folders(&error);
                return Ok(());
            }
        };
        let identity = onshi_terminal::Identity {
            certificate_pem: self.founding.terminal.full_chain_pem().into_bytes(),
            key_pem: self.founding.terminal.key().pem().as_bytes().to_vec(),
        };
        let ca = self.founding.authority.root_pem().as_bytes().to_vec();
        let url = self.service_url().parse()?;
        let mut chosen = onshi_terminal::Settings::new(folders, url, identity, ca);
        chosen.poll = settings.poll;
        if let Some(world) = self.worlds().named(DEFAULT) {
            let files = &world.dialect().files;
            chosen.err_content = files.err_content.value;
            chosen.settling = Duration::from_secs(files.settling_seconds.value.into());
            chosen.link_timeout = Duration::from_secs(files.link_timeout_seconds.value.into());
        }
        let exchange = settings.exchange.canonicalize().unwrap_or_else(|_| settings.exchange.clone());
        let started = Terminal::start(chosen).await.map_err(|error| {
            // Here the work folder follows from the exchange folder, which is what can be chosen.
            if matches!(error, onshi_terminal::StartError::Work(WorkError::InUse { .. })) {
                StartError::ExchangeInUse { path: exchange.clone() }
            } else {
                error.into()
            }
        });
        self.terminal = Some(started?);
        self.exchange = Some(exchange);
        Ok(())
    }

    fn write_port_file(&self, settings: &Settings) -> Result<(), StartError> {
        let Some(path) = &settings.port_file else { return Ok(()) };
        let ports = serde_json::json!({
            "service": self.service.port(),
            "unregistered": self.unregistered.port(),
            "admin": self.admin.port(),
        });
        std::fs::write(path, format!("{ports}\n"))
            .map_err(|source| StartError::PortFile { path: path.clone(), source })
    }

    /// Where the registered line ends, as a URL that this machine reaches.
    #[must_use]
    pub fn service_url(&self) -> String {
        format!("https://{}", reachable(self.service))
    }

    /// Where the unregistered line ends.
    #[must_use]
    pub fn unregistered_url(&self) -> String {
        format!("https://{}", reachable(self.unregistered))
    }

    /// Where the admin port is.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", reachable(self.admin))
    }

    /// The worlds.
    #[must_use]
    pub fn worlds(&self) -> &Worlds {
        &self.founding.worlds
    }

    /// The one line on stdout that says everything runs.
    #[must_use]
    pub fn ready_line(&self) -> String {
        let exchange =
            self.exchange.as_ref().map_or_else(|| "none".to_owned(), |path| path.display().to_string());
        format!(
            "onshi-mock ready service={} admin={} exchange={exchange}",
            self.service_url(),
            self.admin_url()
        )
    }

    /// Stops at once: what the terminal has not answered yet stays in its work folder.
    pub async fn stop(self) {
        self.tidying.abort();
        drop(self.scenarios);
        if let Some(terminal) = self.terminal {
            terminal.stop().await;
        }
        self.ports.close_all().await;
        for server in self.servers {
            server.stop(false).await;
        }
    }
}

/// Looks after the ledgers' files for as long as the house stands.
async fn tidy(worlds: Arc<Worlds>) {
    loop {
        actix_web::rt::time::sleep(BETWEEN_TIDYINGS).await;
        let worlds = Arc::clone(&worlds);
        // It fails only where the process ends.
        let _ = actix_web::rt::task::spawn_blocking(move || worlds.tidy()).await;
    }
}

/// Loads the folder of scenarios into the default world, and watches it from then on.
fn load_scenarios(settings: &Settings, founding: &Founding) -> Result<Option<watch::Watching>, StartError> {
    let world = founding.worlds.named(DEFAULT).ok_or(StartError::NoDefaultWorld)?;
    let Some(folder) = &settings.scenarios else {
        watch::unload(&world).map_err(watch::FolderError::from)?;
        return Ok(None);
    };
    watch::load(folder, &world)?;
    watch::start(folder.clone(), Arc::clone(&founding.worlds)).map(Some).map_err(StartError::Watch)
}

/// Who makes further worlds: they share the first port, whose line is registered for their own institution.
fn creator(settings: &Settings, founding: &Founding, service: SocketAddr) -> Creator {
    let [line, _] = &founding.lines;
    let institution =
        Institution { code: settings.institution.clone(), name: settings.institution_name.clone() };
    Creator {
        authority: Arc::clone(&founding.authority),
        worlds: Arc::clone(&founding.worlds),
        furniture: founding.furniture.clone(),
        folder: founding.worlds_folder.clone(),
        institution,
        line: line.clone(),
        port: service.port(),
    }
}

fn warn_without_folders(error: &FolderError) {
    tracing::warn!(%error, "the exchange folder cannot be used: serving over HTTPS only");
}

/// The office that issues certificates for the worlds of this process.
fn office(founding: &Founding) -> Data<Office> {
    let (authority, worlds) = (Arc::clone(&founding.authority), Arc::clone(&founding.worlds));
    Data::new(Office::new(authority, worlds, founding.store.clone()))
}

/// Where servers with wrong certificates are opened on request.
fn wrong_servers(settings: &Settings, founding: &Founding, service: SocketAddr) -> Data<Servers> {
    let authority = Arc::clone(&founding.authority);
    Data::new(Servers::new(authority, settings.service_address, reachable(service)))
}
