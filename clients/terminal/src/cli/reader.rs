//! `onshi-terminal reader`: plays a visit at this terminal's card reader (顔認証付きカードリーダー).

use std::{
    io::{self, BufRead, Write},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use messages::refusal::{Bilingual, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::arguments::Connection;
use crate::carry::Courier;

/// How long the service may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Statuses of design.md: not identified or refused; not reached.
const REFUSED: u8 = 3;
const UNREACHABLE: u8 = 4;
const SETTINGS: u8 = 2;

/// What the reader can ask consent for, in the order in which it asks.
const OBJECTS: [(&str, &str); 6] = [
    ("drugs", "過去の薬剤情報 / drugs"),
    ("checkups", "特定健診情報 / check-ups"),
    ("diagnosis", "診療情報 / diagnosis and treatment"),
    ("operations", "手術情報 / operations"),
    ("limit", "限度額適用認定証情報 / limit certificate"),
    ("diseases", "特定疾病療養受療証情報 / specific diseases"),
];

/// A visit.
#[derive(Debug, Clone, Args)]
pub(super) struct ReaderArguments {
    #[command(flatten)]
    connection: Connection,
    /// Key of the test card that is put on the reader (onshi-mock cards lists them)
    #[arg(long, value_name = "CARD", required_unless_present = "interactive")]
    card: Option<String>,
    /// How the patient is identified
    #[arg(long, value_enum, default_value = "face")]
    identification: Identification,
    /// An answer to a question of consent, for example drugs=yes; what isn't named isn't asked
    #[arg(long = "consent", value_name = "OBJECT=yes|no", value_parser = consent)]
    consents: Vec<(String, bool)>,
    /// Say yes to everything
    #[arg(long, conflicts_with = "consents")]
    all: bool,
    /// The kind of care
    #[arg(long, value_enum, default_value = "outpatient")]
    treatment: Treatment,
    /// What goes wrong instead, for example pin-locked
    #[arg(long, value_name = "FAILURE")]
    failure: Option<String>,
    /// Ask for everything on the command line
    #[arg(long)]
    interactive: bool,
    /// Print the service's JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Identification {
    /// By the face (顔認証)
    Face,
    /// By the four-digit PIN (暗証番号)
    Pin,
    /// By the staff's eyes (目視)
    Sight,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Treatment {
    /// 外来
    Outpatient,
    /// 訪問診療等
    HomeVisit,
    /// オンライン診療等
    Online,
}

/// What the service says of a visit.
#[derive(Debug, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
enum Outcome {
    Identified {
        face: Option<String>,
        #[serde(default)]
        reasons: Vec<Bilingual>,
    },
    Failed {
        screen: Bilingual,
    },
}

pub(super) fn run(arguments: ReaderArguments) -> anyhow::Result<ExitCode> {
    let (service, identity, ca_pem) = arguments.connection.read()?;
    let courier = Courier::calling(service, &identity, &ca_pem)?;
    let as_json = arguments.json;
    let visit = if arguments.interactive { asked(&arguments)? } else { arguments.visit() };
    let runtime = super::runtime().context("no runtime")?;
    let (status, body) = match runtime.block_on(courier.call(Some(&visit), PATIENCE)) {
        Ok(answer) => answer,
        Err(error) => {
            writeln!(io::stderr(), "サービスに接続できません / no connection to the service: {error}")?;
            return Ok(ExitCode::from(UNREACHABLE));
        }
    };
    let mut out = io::stdout().lock();
    if as_json {
        out.write_all(&body)?;
        writeln!(out)?;
    }
    if status != 200 {
        return refused(status, &body);
    }
    let outcome: Outcome =
        serde_json::from_slice(&body).context("the service's answer is none that is known")?;
    if !as_json {
        show(&mut out, &outcome)?;
    }
    Ok(match outcome {
        Outcome::Identified { .. } => ExitCode::SUCCESS,
        Outcome::Failed { .. } => ExitCode::from(REFUSED),
    })
}

impl ReaderArguments {
    /// The visit as the channel wants it.
    fn visit(&self) -> Value {
        let consents: Map<_, _> = if self.all {
            OBJECTS.iter().map(|(name, _)| ((*name).to_owned(), true.into())).collect()
        } else {
            self.consents.iter().map(|(name, given)| (name.clone(), (*given).into())).collect()
        };
        let mut visit = json!({
            "card": self.card,
            "identification": match self.identification {
                Identification::Face => "face",
                Identification::Pin => "pin",
                Identification::Sight => "sight",
            },
            "treatment": match self.treatment {
                Treatment::Outpatient => "1",
                Treatment::HomeVisit => "2",
                Treatment::Online => "3",
            },
            "consents": consents,
        });
        if let (Some(failure), Some(visit)) = (&self.failure, visit.as_object_mut()) {
            visit.insert("failure".to_owned(), failure.as_str().into());
        }
        visit
    }
}

/// The same, asked on the command line; an empty line takes what the arguments say.
fn asked(arguments: &ReaderArguments) -> anyhow::Result<Value> {
    let mut arguments = arguments.clone();
    let given = arguments.card.take().unwrap_or_default();
    let card = ask(&format!("テストカード / test card [{given}]"))?;
    arguments.card = Some(if card.is_empty() { given } else { card }).filter(|card| !card.is_empty());
    if arguments.card.is_none() {
        bail!("no card / カードがありません");
    }
    arguments.identification =
        match &*ask("本人確認 / identification: f 顔 face, p 暗証番号 PIN, s 目視 sight [f]")? {
            "" | "f" => Identification::Face,
            "p" => Identification::Pin,
            "s" => Identification::Sight,
            other => bail!("{other:?}: expected f, p or s"),
        };
    arguments.consents.clear();
    for (name, title) in OBJECTS {
        match &*ask(&format!("{title}: y 同意する yes, n 同意しない no, 空 not asked []"))? {
            "" => {}
            "y" => arguments.consents.push((name.to_owned(), true)),
            "n" => arguments.consents.push((name.to_owned(), false)),
            other => bail!("{other:?}: expected y, n or nothing"),
        }
    }
    Ok(arguments.visit())
}

fn ask(question: &str) -> io::Result<String> {
    let mut prompt = io::stderr().lock();
    write!(prompt, "{question}: ")?;
    prompt.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

fn show(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    match outcome {
        Outcome::Identified { face, reasons } => {
            writeln!(out, "本人確認ができました。 / The patient is identified.")?;
            match face {
                Some(name) => writeln!(out, "顔認証ファイル / face file: {name}")?,
                None => writeln!(out, "顔認証ファイルはありません。 / No face file.")?,
            }
            for reason in reasons {
                writeln!(out, "- {}\n  {}", reason.ja, reason.en)?;
            }
            Ok(())
        }
        Outcome::Failed { screen } => writeln!(out, "{}\n{}", screen.ja, screen.en),
    }
}

fn refused(status: u16, body: &[u8]) -> anyhow::Result<ExitCode> {
    let mut err = io::stderr().lock();
    match serde_json::from_slice::<Refusal>(body) {
        Ok(Refusal { label, reason, mend, .. }) => {
            writeln!(err, "{label} {}\n{}\n-> {}\n   {}", reason.ja, reason.en, mend.ja, mend.en)?
        }
        Err(_) => {
            let text: String = String::from_utf8_lossy(body).chars().take(500).collect();
            writeln!(err, "HTTP {status} {text}")?;
        }
    }
    Ok(ExitCode::from(if matches!(status, 400 | 422) { SETTINGS } else { REFUSED }))
}

fn consent(text: &str) -> Result<(String, bool), String> {
    let known = || OBJECTS.map(|(name, _)| name).join(", ");
    let (name, given) = text.split_once('=').unwrap_or((text, "yes"));
    if !OBJECTS.iter().any(|(known, _)| *known == name) {
        return Err(format!("expected one of {}", known()));
    }
    match given {
        "yes" => Ok((name.to_owned(), true)),
        "no" => Ok((name.to_owned(), false)),
        _ => Err("expected yes or no after =".to_owned()),
    }
}
