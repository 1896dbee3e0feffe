//! `onshi-mock cards`: the catalogue of test cards.

use std::io::{Write, stdout};

use clap::Args;
use clap::builder::PossibleValuesParser;
use comfy_table::{ContentArrangement, Table, TableStyle};
use messages::charset;
use messages::value::{FileIdentifier, InstitutionCode};
use scenarios::{Asked, Card, People};

use super::{Exit, complain};
use crate::catalogue::{Ask, Entry};
use crate::clock::{in_japan, system_now};
use crate::settings::Encoding;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Show only this card.
    key: Option<String>,

    /// Print the request file that asks for the card, to be redirected into OQS/req.
    #[arg(long, requires = "key", conflicts_with = "json")]
    request: bool,

    /// Print JSON.
    #[arg(long)]
    json: bool,

    /// Encoding of the request.
    #[arg(long, value_enum, default_value_t = Encoding::Utf8, requires = "request")]
    encoding: Encoding,

    /// Cards of this shipped pack instead of the standard ones; may be given again.
    #[arg(long = "pack", default_value = "standard", value_delimiter = ',', value_name = "NAME", value_parser = packs())]
    packs: Vec<String>,

    /// Institution that asks.
    #[arg(long, env = "ONSHI_INSTITUTION", default_value = "1319999916", value_name = "CODE")]
    institution: InstitutionCode,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut people = People::default();
    for pack in arguments.packs.iter().filter_map(|name| scenarios::shipped(name)) {
        people.add(pack);
    }
    let today = in_japan(system_now()).date();
    let Some(key) = &arguments.key else {
        let entries: Vec<_> =
            people.cards().map(|card| Entry::of(card, &arguments.institution, today)).collect();
        if arguments.json {
            writeln!(stdout(), "{}", serde_json::to_string_pretty(&entries)?)?;
        } else {
            writeln!(stdout(), "{}", table(&entries))?;
        }
        return Ok(Exit::Done);
    };
    let Some(card) = people.card(key) else {
        let hint = elsewhere(key).unwrap_or_else(|| nearest(&people, key));
        complain(&format!("error: there is no test card {key:?}; `onshi-mock cards` lists them{hint}"));
        return Ok(Exit::Usage);
    };
    if arguments.request {
        let asked = Asked {
            institution: arguments.institution.clone(),
            today,
            file_identifier: card.key.parse::<FileIdentifier>().ok(),
        };
        stdout().write_all(&request(card, &asked, arguments.encoding))?;
        return Ok(Exit::Done);
    }
    let entry = Entry::of(card, &arguments.institution, today);
    if arguments.json {
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&entry)?)?;
    } else {
        show(&entry)?;
    }
    Ok(Exit::Done)
}

/// The bytes of the request file for a card.
pub(super) fn request(card: &Card, asked: &Asked, encoding: Encoding) -> Vec<u8> {
    let encoding = match encoding {
        Encoding::Utf8 => charset::Encoding::Utf8,
        Encoding::ShiftJis => charset::Encoding::ShiftJis,
    };
    messages::encode(&card.request(asked), encoding).bytes
}

fn table(entries: &[Entry]) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["card", "insurer", "symbol", "number", "branch", "born", "answer", "題 / title"]);
    for entry in entries {
        let Ask { insurer, symbol, number, branch, born, .. } = &entry.ask;
        let cell = |text: &Option<String>| text.as_deref().unwrap_or("-").trim().to_owned();
        table.add_row([
            entry.card.clone(),
            cell(insurer),
            cell(symbol),
            cell(number),
            cell(branch),
            cell(born),
            entry.expect.short(),
            format!("{} / {}", entry.title_ja, entry.title_en),
        ]);
    }
    table
}

fn show(entry: &Entry) -> std::io::Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{}\n  {}\n  {}\n", entry.card, entry.title_ja, entry.title_en)?;
    let Ask { insurer, symbol, number, branch, born, limit_consent } = &entry.ask;
    for (name, value) in [
        ("Name", &Some(entry.name.clone())),
        ("InsurerNumber", insurer),
        ("InsuredCardSymbol", symbol),
        ("InsuredIdentificationNumber", number),
        ("InsuredBranchNumber", branch),
        ("Birthdate", born),
        ("LimitApplicationCertificateRelatedConsFlg", limit_consent),
    ] {
        writeln!(out, "  {name:<42} {}", value.as_deref().unwrap_or("(not sent)"))?;
    }
    writeln!(out, "  {:<42} {}", "answer", entry.expect.short())
}

fn packs() -> PossibleValuesParser {
    PossibleValuesParser::new(scenarios::packs().iter().map(|(name, _)| *name))
}

/// The pack that has the card, if it is another one.
fn elsewhere(key: &str) -> Option<String> {
    let mut packs = scenarios::packs().iter().filter_map(|(name, _)| scenarios::shipped(name));
    let pack = packs.find(|pack| pack.cards.iter().any(|card| card.key == key))?;
    Some(format!("; it stands in another pack: --pack {}", pack.name))
}

/// `: did you mean …?` for a key that is close to one that exists.
fn nearest(people: &People, key: &str) -> String {
    let close = people.cards().map(|card| (strsim::jaro_winkler(&card.key, key), card));
    match close.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((likeness, card)) if likeness > 0.8 => format!("; did you mean {:?}?", card.key),
        Some(_) | None => String::new(),
    }
}
