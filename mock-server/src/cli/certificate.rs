//! `onshi-mock certificate`: certificates of a running one, and packs of wrong ones.

use std::io::{Write as _, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use certs::{Fingerprint, Store};
use clap::{Args, Subcommand};
use messages::value::{InstitutionCode, OrganizationName};
use serde_json::{Value, json};

use super::kept::{self, Unusable};
use super::remote::Remote;
use super::{Exit, block_on, complain};
use crate::admin::pack::PackShown;
use crate::clock::system_now;
use crate::founding;
use crate::registered::Institution;
use crate::settings::ClientKey;
use crate::wrong::{Manifest, Pack, Places};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Issue a certificate of a terminal and write it as PEM and PKCS#12
    Issue(Issue),
    /// Revoke a certificate, for good
    Revoke(Revoke),
    /// Write certificates that are wrong on purpose, one defect each, with a manifest of what must happen
    Pack(PackArguments),
}

#[derive(Debug, Args)]
pub(super) struct Issue {
    /// Folder for certificate.pem, key.pem and terminal.p12.
    folder: PathBuf,
    /// Code of the institution; the world's first if absent.
    #[arg(long, value_name = "CODE")]
    institution: Option<InstitutionCode>,
    /// Number of the terminal; the first without certificate if absent.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=999))]
    terminal: Option<u16>,
    /// Kind of key.
    #[arg(long, value_enum, default_value_t = ClientKey::Rsa2048, value_name = "KIND")]
    key: ClientKey,
    /// The terminal is lost: revoke the certificate that it has.
    #[arg(long)]
    lost: bool,
    /// PKCS#12 with 3DES and SHA-1, for programs from before 2020.
    #[arg(long)]
    legacy: bool,
    /// Replace the files of these names that are in the folder; keys are kept nowhere else.
    #[arg(long)]
    overwrite: bool,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it.
    #[arg(value_parser = fingerprint)]
    fingerprint: Fingerprint,
    /// Why.
    #[arg(long, default_value = "unspecified", value_parser = ["loss", "closing", "replacement", "unspecified"], value_name = "REASON")]
    reason: String,
    #[command(flatten)]
    remote: Remote,
}

#[derive(Debug, Args)]
pub(super) struct PackArguments {
    /// Folder for the files and manifest.json.
    folder: PathBuf,
    /// Print the manifest.
    #[arg(long)]
    json: bool,
    /// Use the authority of this data folder without a running one: then no world knows the certificates, and those
    /// that are wrong only by what a world knows are refused as unregistered.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Institution of a pack that is made with `--data`.
    #[arg(long, default_value = "1319999916", value_name = "CODE")]
    institution: InstitutionCode,
    #[command(flatten)]
    remote: Remote,
}

/// Files of an issued certificate.
const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";
const PKCS12: &str = "terminal.p12";

pub(super) fn run(command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Issue(arguments) => issue(arguments),
        Command::Revoke(arguments) => revoke(arguments),
        Command::Pack(arguments) => pack(arguments),
    }
}

fn issue(arguments: &Issue) -> anyhow::Result<Exit> {
    let Issue { folder, institution, terminal, lost, legacy, overwrite, .. } = arguments;
    if let Err(unusable) = kept::prepare(folder, &[CERTIFICATE, KEY, PKCS12], *overwrite) {
        return Ok(refused(&unusable));
    }
    let key: certs::KeyKind = arguments.key.into();
    let mut order = json!({ "terminal": terminal, "lost": lost, "legacy": legacy, "key": key });
    if let Some(institution) = institution {
        order["institution"] = institution.to_string().into();
    }
    let handed = match block_on(arguments.remote.post(&["certificates"], &order))? {
        Ok(handed) => handed,
        Err(exit) => return Ok(exit),
    };
    let text = |member: &str| {
        handed.get(member).and_then(Value::as_str).with_context(|| format!("the answer has no {member}"))
    };
    let pkcs12 = openssl::base64::decode_block(text("pkcs12")?)?;
    let files = [
        (CERTIFICATE, text("certificate_pem")?.as_bytes()),
        (KEY, text("key_pem")?.as_bytes()),
        (PKCS12, pkcs12.as_slice()),
    ];
    for (name, bytes) in files {
        let written = kept::write(&folder.join(name), bytes, *overwrite);
        written.with_context(|| {
            let terminal = text("terminal").unwrap_or_default();
            format!("{terminal} has a certificate now, but not its files; issue it again with --terminal and --lost")
        })?;
    }
    let (terminal, until) = (text("terminal")?, text("not_after")?);
    writeln!(stdout(), "{terminal}, until {until}, fingerprint {}", text("fingerprint")?)?;
    writeln!(stdout(), "written to {}; password of terminal.p12: {}", folder.display(), text("password")?)?;
    Ok(Exit::Done)
}

/// The folder can't be used; nothing was issued.
fn refused(unusable: &Unusable) -> Exit {
    complain(&format!("error: {unusable}"));
    Exit::Usage
}

/// Reads a fingerprint, alone or in the line that OpenSSL prints: `sha256 Fingerprint=AB:CD:…`.
fn fingerprint(text: &str) -> Result<Fingerprint, certs::FingerprintError> {
    let own = text.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("sha256 fingerprint"));
    own.map_or(text, |(_, own)| own).trim().parse()
}

fn revoke(arguments: &Revoke) -> anyhow::Result<Exit> {
    let fingerprint = arguments.fingerprint.to_string();
    let body = json!({ "reason": arguments.reason });
    let path = ["certificates", fingerprint.as_str(), "revoke"];
    Ok(match block_on(arguments.remote.post(&path, &body))? {
        Ok(_) => {
            writeln!(stdout(), "revoked: {fingerprint}")?;
            Exit::Done
        }
        Err(exit) => exit,
    })
}

fn pack(arguments: &PackArguments) -> anyhow::Result<Exit> {
    if let Err(unusable) = kept::prepare(&arguments.folder, &[], true) {
        return Ok(refused(&unusable));
    }
    let (manifest, files) = match &arguments.data {
        Some(data) => {
            let pack = offline(data, &arguments.institution)?;
            (pack.manifest, pack.files.into_iter().collect())
        }
        None => match block_on(arguments.remote.post(&["certificates", "pack"], &json!({})))? {
            Ok(answer) => received(answer)?,
            Err(exit) => return Ok(exit),
        },
    };
    for (name, bytes) in &files {
        anyhow::ensure!(is_pack_name(name), "{name:?} is no file of a pack");
        kept::write(&arguments.folder.join(name), bytes, true)?;
    }
    let text = serde_json::to_string_pretty(&manifest)? + "\n";
    kept::write(&arguments.folder.join("manifest.json"), text.as_bytes(), true)?;
    if arguments.json {
        stdout().write_all(text.as_bytes())?;
        return Ok(Exit::Done);
    }
    let (count, folder) = (manifest.identities.len(), arguments.folder.display());
    writeln!(
        stdout(),
        "{count} wrong certificates written to {folder}; manifest.json says what must happen"
    )?;
    Ok(Exit::Done)
}

/// A pack whose identities no world knows.
fn offline(data: &Path, institution: &InstitutionCode) -> anyhow::Result<Pack> {
    let authority = Store::open(data)?.authority()?;
    let name: OrganizationName = "見本診療所".parse().context("the name of the institution")?;
    let places = Places {
        world: crate::world::DEFAULT.to_owned(),
        institution: Institution { code: institution.clone(), name },
        service: None,
        registered: false,
        rules: founding::dialect(None)?.certificates,
        now: system_now(),
    };
    Ok(Pack::make(&authority, &places)?)
}

/// Name and content of each file.
type Files = Vec<(String, Vec<u8>)>;

fn received(answer: Value) -> anyhow::Result<(Manifest, Files)> {
    let PackShown { manifest, files } = serde_json::from_value(answer)?;
    let decoded = |(name, text): (String, String)| Ok((name, openssl::base64::decode_block(&text)?));
    Ok((manifest, files.into_iter().map(decoded).collect::<anyhow::Result<_>>()?))
}

/// Whether a name stays inside the folder: at most one folder deep, in small letters.
fn is_pack_name(name: &str) -> bool {
    let is_plain = |part: &str| {
        !part.starts_with('.')
            && !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
    };
    name.split('/').count() <= 2 && name.split('/').all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_pack_stay_in_its_folder() {
        for name in ["ca.pem", "rsa-1024/key.pem", "sha1/terminal.p12"] {
            assert!(is_pack_name(name), "{name}");
        }
        for name in ["", "/etc/passwd", "../ca.pem", "a/../b", "a/b/c", "a\\b", "A.pem", ".hidden", "a//b"] {
            assert!(!is_pack_name(name), "{name}");
        }
    }

    #[test]
    fn a_fingerprint_is_taken_alone_and_as_openssl_prints_it() {
        let pairs = vec!["AB"; 32].join(":");
        for text in [
            pairs.clone(),
            pairs.replace(':', "").to_lowercase(),
            format!("sha256 Fingerprint={pairs}"),
            format!("SHA256 Fingerprint={pairs}\n"),
        ] {
            assert_eq!(fingerprint(&text).unwrap(), Fingerprint::from([0xAB; 32]), "{text}");
        }
        for text in
            [format!("sha1 Fingerprint={pairs}"), format!("={pairs}"), "sha256 Fingerprint=".to_owned()]
        {
            assert!(fingerprint(&text).is_err(), "{text}");
        }
    }
}
