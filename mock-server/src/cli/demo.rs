//! `onshi-mock demo`: the main job, played in a temporary folder and on free ports.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anstream::println;
use anstyle::{AnsiColor, Style};
use anyhow::{Context, bail, ensure};
use clap::Parser;
use messages::file_name::{Extension, RequestFileName};
use messages::oqs::quc::Outcome;
use messages::refusal::{Bilingual, Refusal};
use messages::value::FileIdentifier;
use scenarios::Asked;

use super::{Exit, block_on, cards, receptionist};
use crate::app::House;
use crate::clock::in_japan;
use crate::journal::Journal;
use crate::settings::{Encoding, Settings};
use crate::world::{DEFAULT, World};

/// The cards that are played.
const CARDS: [&str; 4] = ["employee-valid", "expired", "limit-a03", "no-such-person"];
/// Longest time to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

pub(super) fn run() -> anyhow::Result<Exit> {
    let folder =
        tempfile::Builder::new().prefix("onshi-mock-demo-").tempdir().context("no temporary folder")?;
    let settings = settings(folder.path())?;
    block_on(async {
        let house = House::start(&settings).await?;
        let played = play(&house, &settings).await;
        house.stop().await;
        played?;
        println!("{GOOD}すべて期待どおりです / everything as expected.{GOOD:#}");
        println!("次は / next: onshi-mock, then onshi-mock cards");
        Ok(Exit::Done)
    })
}

/// Settings on free ports inside a folder; what the environment says is left aside.
fn settings(folder: &Path) -> anyhow::Result<Settings> {
    #[derive(Debug, Parser)]
    struct Alone {
        #[command(flatten)]
        settings: Settings,
    }
    let at = |name| folder.join(name).into_os_string();
    let flags = [
        "demo",
        "--service-address",
        "127.0.0.1",
        "--service-port",
        "0",
        "--admin-address",
        "127.0.0.1",
        "--admin-port",
        "0",
    ];
    let folders = ["--exchange".into(), at("OQS"), "--data".into(), at("onshi-data")];
    let arguments = flags.into_iter().map(Into::into).chain(folders);
    Ok(Alone::try_parse_from(arguments)?.settings)
}

async fn play(house: &House, settings: &Settings) -> anyhow::Result<()> {
    let world = house.worlds().named(DEFAULT).context("no default world")?;
    let exchange = house.exchange.clone().context("the temporary exchange folder cannot be used")?;
    println!("{BOLD}onshi-mock demo{BOLD:#}  service={} admin={}", house.service_url(), house.admin_url());
    println!("{DIM}{}{DIM:#}\n", exchange.display());
    for (index, key) in CARDS.into_iter().enumerate() {
        play_card(&world, &exchange, index + 1, key).await?;
    }
    let without = client(house, false)?;
    let refusal = post(&without, &house.service_url()).await?;
    show_refusal(5, &Bilingual::fixed("証明書なし", "no certificate"), &refusal, "C101")?;
    let with = client(house, true)?;
    let refusal = post(&with, &house.unregistered_url()).await?;
    show_refusal(6, &Bilingual::fixed("未登録の回線", "an unregistered line"), &refusal, "G102")?;
    ensure!(settings.data.exists(), "the data folder is gone");
    Ok(())
}

async fn play_card(world: &World, exchange: &Path, number: usize, key: &str) -> anyhow::Result<()> {
    let people = world.people();
    let card = people.card(key).with_context(|| format!("no test card {key}"))?;
    let identifier: FileIdentifier = format!("demo-{number}").parse()?;
    let asked = Asked {
        institution: world.home.clone(),
        today: in_japan(world.clock.now()).date(),
        file_identifier: Some(identifier),
    };
    let name =
        RequestFileName::parse(&format!("OQSsiquc01req_demo{number}.xml")).context("no request name")?;
    println!("{BOLD}{number}. {key}{BOLD:#}  {} / {}", card.title.ja, card.title.en);

    let started = Instant::now();
    let draft = exchange.join("req").join(format!(".{name}.tmp"));
    std::fs::write(&draft, cards::request(card, &asked, Encoding::Utf8))?;
    std::fs::rename(&draft, exchange.join("req").join(name.as_str()))?;
    let answer = exchange.join("res").join(name.answer(Extension::Xml));
    let bytes = wait_for(&answer).await?;
    let took = started.elapsed();
    println!("   {DIM}req/{name} → res/{} ({took:.1?}){DIM:#}", name.answer(Extension::Xml));

    let outcome = messages::decode::<Outcome>(&bytes)?;
    ensure!(outcome.findings.is_empty(), "the answer has findings: {:?}", outcome.findings);
    for (label, value) in receptionist::read(&outcome.message) {
        println!("   {}{}  {value}", label, " ".repeat(14usize.saturating_sub(2 * label.chars().count())));
    }
    show_reasons(&world.journal)?;
    Ok(())
}

fn show_reasons(journal: &Journal) -> anyhow::Result<()> {
    let latest = journal.latest(1);
    let (_, exchange) = latest.first().context("the journal is empty")?;
    println!("   {DIM}理由 / why{DIM:#}");
    for reason in &exchange.reasons {
        let text = reason.text();
        println!("   {DIM}- {} / {}{DIM:#}", text.ja, text.en);
    }
    println!();
    Ok(())
}

async fn wait_for(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let started = Instant::now();
    loop {
        match std::fs::read(path) {
            Ok(bytes) => return Ok(bytes),
            Err(_) if path.with_extension("err").exists() => {
                bail!("{}", std::fs::read_to_string(path.with_extension("err"))?)
            }
            Err(_) if started.elapsed() < PATIENCE => {
                actix_web::rt::time::sleep(Duration::from_millis(1)).await
            }
            Err(error) => return Err(error).context(format!("no answer at {}", path.display())),
        }
    }
}

fn client(house: &House, with_certificate: bool) -> anyhow::Result<reqwest::Client> {
    let ca = reqwest::Certificate::from_pem(house.founding.authority.root_pem().as_bytes())?;
    let builder = reqwest::Client::builder().no_proxy().tls_certs_only([ca]).timeout(PATIENCE);
    if !with_certificate {
        return Ok(builder.build()?);
    }
    let terminal = &house.founding.terminal;
    let identity = reqwest::Identity::from_pkcs8_pem(
        terminal.full_chain_pem().as_bytes(),
        terminal.key().pem().as_bytes(),
    )?;
    Ok(builder.identity(identity).build()?)
}

async fn post(client: &reqwest::Client, service: &str) -> anyhow::Result<Refusal> {
    let request =
        client.post(format!("{service}/oqs/OQSsiquc01")).header("Accept", Refusal::JSON).body("<XmlMsg/>");
    let bytes = request.send().await?.bytes().await?;
    serde_json::from_slice(&bytes).context("the service did not refuse")
}

fn show_refusal(number: usize, what: &Bilingual, refusal: &Refusal, expected: &str) -> anyhow::Result<()> {
    println!("{BOLD}{number}. {} / {}{BOLD:#}", what.ja, what.en);
    println!("   {BAD}HTTP {} {}{BAD:#}  {}", refusal.status, refusal.label, refusal.reason.ja);
    println!("   {}", refusal.reason.en);
    println!("   {DIM}→ {}{DIM:#}", refusal.mend.ja);
    println!("   {DIM}→ {}{DIM:#}\n", refusal.mend.en);
    ensure!(refusal.label == expected, "expected {expected}");
    Ok(())
}
