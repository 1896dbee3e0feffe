//! The network of the process: which port, source address or front carries which line; and the ports of a world.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Admin;
use super::api::world;
use super::problem::{Problem, problem};
use crate::line::{Line, LineTable, TableFull};
use crate::ports::{OpenPort, PortError};
use crate::settings::network;
use crate::tls::Style;

/// What the OpenAPI says of this module.
#[derive(utoipa::OpenApi)]
#[openapi(paths(
    lines,
    put_port_line,
    delete_port_line,
    put_source,
    delete_source,
    put_front,
    delete_front,
    ports,
    open_port,
    close_port
))]
pub(super) struct Api;

pub(super) fn routes(config: &mut ServiceConfig) {
    let at = |path: &str| web::resource(path.to_owned());
    config
        .service(at("/api/v1/lines").route(web::get().to(lines)))
        .service(
            at("/api/v1/lines/ports/{port}")
                .route(web::put().to(put_port_line))
                .route(web::delete().to(delete_port_line)),
        )
        .service(
            at("/api/v1/lines/sources/{address}/{bits}")
                .route(web::put().to(put_source))
                .route(web::delete().to(delete_source)),
        )
        .service(
            at("/api/v1/lines/fronts/{address}/{bits}")
                .route(web::put().to(put_front))
                .route(web::delete().to(delete_front)),
        )
        .service(
            at("/api/v1/worlds/{world}/ports").route(web::get().to(ports)).route(web::post().to(open_port)),
        )
        .service(at("/api/v1/worlds/{world}/ports/{port}").route(web::delete().to(close_port)));
}

/// The network's table.
#[derive(Debug, Serialize, ToSchema)]
struct Table {
    /// Ports that are the ends of lines.
    ports: Vec<PortLine>,
    /// Networks of source addresses that are lines, the longest first.
    sources: Vec<SourceLine>,
    /// Networks of the fronts whose PROXY headers are believed.
    fronts: Vec<String>,
}

/// A port and its line.
#[derive(Debug, Serialize, ToSchema)]
struct PortLine {
    port: u16,
    /// A customer ID, `ipv4:CARRIER:LINE` or `ipsec:PROVIDER:CONNECTION`.
    line: String,
}

/// A network of source addresses and its line.
#[derive(Debug, Serialize, ToSchema)]
struct SourceLine {
    /// CIDR.
    source: String,
    /// A customer ID, `ipv4:CARRIER:LINE` or `ipsec:PROVIDER:CONNECTION`.
    line: String,
}

/// A line by its name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Named {
    /// A customer ID, `ipv4:CARRIER:LINE` or `ipsec:PROVIDER:CONNECTION`.
    line: String,
}

/// Which port, source address or front carries which line.
#[utoipa::path(
    get, path = "/api/v1/lines", tag = "lines",
    responses((status = 200, description = "The table.", body = Table))
)]
async fn lines(admin: Data<Admin>) -> HttpResponse {
    show(&admin.ports.network().table())
}

fn show(table: &LineTable) -> HttpResponse {
    let port = |(port, line): (u16, &Line)| PortLine { port, line: line.to_string() };
    let source =
        |(source, line): &(IpNet, Line)| SourceLine { source: source.to_string(), line: line.to_string() };
    HttpResponse::Ok().json(Table {
        ports: table.ports().map(port).collect(),
        sources: table.sources().map(source).collect(),
        fronts: table.fronts().iter().map(ToString::to_string).collect(),
    })
}

fn line(text: &str) -> Result<Line, Problem> {
    text.parse().map_err(|error| {
        let error: crate::line::LineError = error;
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
    })
}

fn cidr(address: &str, bits: u8) -> Result<IpNet, Problem> {
    network(&format!("{address}/{bits}"))
        .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error))
}

/// Changes the table and shows it.
fn change(
    admin: &Admin,
    change: impl FnOnce(&mut LineTable) -> Result<(), TableFull>,
) -> Result<HttpResponse, Problem> {
    let network = admin.ports.network();
    network.change(change).map_err(|full| Problem::new(StatusCode::CONFLICT, full.to_string()))?;
    Ok(show(&network.table()))
}

/// Takes an entry away.
fn remove(admin: &Admin, change: impl FnOnce(&mut LineTable) -> bool) -> HttpResponse {
    if admin.ports.network().change(change) {
        HttpResponse::NoContent().finish()
    } else {
        problem(StatusCode::NOT_FOUND, "the table has no such entry; GET /api/v1/lines shows it")
    }
}

/// Lets a port of the service be the end of a line.
#[utoipa::path(
    put, path = "/api/v1/lines/ports/{port}", tag = "lines", request_body = Named,
    params(("port" = u16, Path, description = "Port of the service")),
    responses(
        (status = 200, description = "The table after it.", body = Table),
        (status = 409, description = "The table is full.", body = Problem),
        (status = 422, description = "The text names no line.", body = Problem),
    )
)]
async fn put_port_line(
    admin: Data<Admin>,
    path: Path<u16>,
    named: Json<Named>,
) -> Result<HttpResponse, Problem> {
    let line = line(&named.line)?;
    change(&admin, |table| table.assign(*path, line))
}

/// Takes a port's line away; connections to it then have none.
#[utoipa::path(
    delete, path = "/api/v1/lines/ports/{port}", tag = "lines",
    params(("port" = u16, Path, description = "Port of the service")),
    responses((status = 204, description = "Done."))
)]
async fn delete_port_line(admin: Data<Admin>, path: Path<u16>) -> HttpResponse {
    remove(&admin, |table| table.unassign(*path))
}

/// Lets a network of source addresses be a line.
#[utoipa::path(
    put, path = "/api/v1/lines/sources/{address}/{bits}", tag = "lines", request_body = Named,
    params(
        ("address" = String, Path, description = "IPv4 or IPv6 address"),
        ("bits" = u8, Path, description = "Length of the prefix")
    ),
    responses(
        (status = 200, description = "The table after it.", body = Table),
        (status = 409, description = "The table is full.", body = Problem),
        (status = 422, description = "No network, or the text names no line.", body = Problem),
    )
)]
async fn put_source(
    admin: Data<Admin>,
    path: Path<(String, u8)>,
    named: Json<Named>,
) -> Result<HttpResponse, Problem> {
    let (line, source) = (line(&named.line)?, cidr(&path.0, path.1)?);
    change(&admin, |table| table.route(source, line))
}

/// Takes a network's line away.
#[utoipa::path(
    delete, path = "/api/v1/lines/sources/{address}/{bits}", tag = "lines",
    params(
        ("address" = String, Path, description = "IPv4 or IPv6 address"),
        ("bits" = u8, Path, description = "Length of the prefix")
    ),
    responses(
        (status = 204, description = "Done."),
        (status = 422, description = "No network.", body = Problem),
    )
)]
async fn delete_source(admin: Data<Admin>, path: Path<(String, u8)>) -> Result<HttpResponse, Problem> {
    let source = cidr(&path.0, path.1)?;
    Ok(remove(&admin, |table| table.unroute(source)))
}

/// Believes the PROXY protocol v2 headers that come from a network.
#[utoipa::path(
    put, path = "/api/v1/lines/fronts/{address}/{bits}", tag = "lines",
    params(
        ("address" = String, Path, description = "IPv4 or IPv6 address"),
        ("bits" = u8, Path, description = "Length of the prefix")
    ),
    responses(
        (status = 200, description = "The table after it.", body = Table),
        (status = 409, description = "The table is full.", body = Problem),
        (status = 422, description = "No network.", body = Problem),
    )
)]
async fn put_front(admin: Data<Admin>, path: Path<(String, u8)>) -> Result<HttpResponse, Problem> {
    let front = cidr(&path.0, path.1)?;
    change(&admin, |table| table.trust(front))
}

/// Believes a network's PROXY headers no longer.
#[utoipa::path(
    delete, path = "/api/v1/lines/fronts/{address}/{bits}", tag = "lines",
    params(
        ("address" = String, Path, description = "IPv4 or IPv6 address"),
        ("bits" = u8, Path, description = "Length of the prefix")
    ),
    responses(
        (status = 204, description = "Done."),
        (status = 422, description = "No network.", body = Problem),
    )
)]
async fn delete_front(admin: Data<Admin>, path: Path<(String, u8)>) -> Result<HttpResponse, Problem> {
    let front = cidr(&path.0, path.1)?;
    Ok(remove(&admin, |table| table.distrust(front)))
}

/// A port that a world has opened.
#[derive(Debug, Serialize, ToSchema)]
struct Port {
    port: u16,
    /// How it refuses.
    style: Style,
    /// The line whose end it is.
    line: String,
    /// Its address as a URL.
    service: String,
}

impl From<OpenPort> for Port {
    fn from(open: OpenPort) -> Self {
        let service = format!("https://{}", crate::app::reachable(open.at));
        Self { port: open.at.port(), style: open.style, line: open.line.to_string(), service }
    }
}

/// The ports of a world.
#[derive(Debug, Serialize, ToSchema)]
struct PortList {
    ports: Vec<Port>,
}

/// A port to be opened.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = WantedPort)]
struct Wanted {
    /// Its number; 0 or absent takes any free one.
    port: u16,
    /// How it refuses.
    style: Style,
    /// The line whose end it is; the first one registered for the world's first institution if absent.
    line: Option<String>,
}

/// The ports that a world has opened.
#[utoipa::path(
    get, path = "/api/v1/worlds/{world}/ports", tag = "lines",
    params(("world" = String, Path, description = "Name of the world")),
    responses((status = 200, description = "The ports.", body = PortList))
)]
async fn ports(admin: Data<Admin>, path: Path<String>) -> HttpResponse {
    match admin.worlds.named(&path) {
        Some(world) => {
            let ports = admin.ports.of(&world.name).into_iter().map(Port::from).collect();
            HttpResponse::Ok().json(PortList { ports })
        }
        None => problem(StatusCode::NOT_FOUND, &admin.worlds.unknown(&path).to_string()),
    }
}

/// Opens a port that belongs to a world: callers without a known certificate are refused there.
#[utoipa::path(
    post, path = "/api/v1/worlds/{world}/ports", tag = "lines", request_body = Wanted,
    params(("world" = String, Path, description = "Name of the world")),
    responses(
        (status = 201, description = "The port accepts.", body = Port),
        (status = 409, description = "The port is in use, or there are too many.", body = Problem),
        (status = 422, description = "The text names no line, or no line is registered.", body = Problem),
    )
)]
async fn open_port(
    admin: Data<Admin>,
    path: Path<String>,
    wanted: Json<Wanted>,
) -> Result<HttpResponse, Problem> {
    let world = world(&admin, &path)?;
    let line = match &wanted.line {
        Some(text) => line(text)?,
        None => {
            let registered = world.registry.lines();
            let own = registered.iter().find(|registration| registration.institution == world.home);
            let none = "no line is registered for the world's first institution; name one as `line`";
            own.map(|registration| registration.line.clone())
                .ok_or_else(|| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, none))?
        }
    };
    let port = admin.ports.open(&world.name, wanted.port, wanted.style, line)?;
    Ok(HttpResponse::Created().json(Port::from(port)))
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        let detail = match error {
            PortError::Listen { port, source } => format!("cannot listen on port {port}: {source}"),
            PortError::TooMany | PortError::InUse(_) | PortError::Lines(_) => error.to_string(),
        };
        Self::new(StatusCode::CONFLICT, detail)
    }
}

/// Closes a port of a world at once.
#[utoipa::path(
    delete, path = "/api/v1/worlds/{world}/ports/{port}", tag = "lines",
    params(
        ("world" = String, Path, description = "Name of the world"),
        ("port" = u16, Path, description = "The port")
    ),
    responses((status = 204, description = "Closed."))
)]
async fn close_port(admin: Data<Admin>, path: Path<(String, u16)>) -> HttpResponse {
    let (name, port) = path.into_inner();
    if admin.worlds.named(&name).is_none() {
        return problem(StatusCode::NOT_FOUND, &admin.worlds.unknown(&name).to_string());
    }
    if admin.ports.close(&name, port).await {
        HttpResponse::NoContent().finish()
    } else {
        problem(StatusCode::NOT_FOUND, "the world has no such port; GET …/ports shows its ports")
    }
}
