//! The report as one page, in both languages, without anything from elsewhere: for the screen and for paper.

use std::fmt::Write;

use messages::refusal::Bilingual;

use super::Report;
use crate::gate::Refused;
use crate::journal::verify::Verdict;

const STYLE: &str = include_str!("report.css");

/// A text of the page: escaped when it is made.
#[derive(Default)]
struct Cell(String);

impl Cell {
    fn of(text: &str) -> Self {
        let mut escaped = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                _ => escaped.push(c),
            }
        }
        Self(escaped)
    }

    fn both(text: &Bilingual) -> Self {
        let Self(ja) = Self::of(&text.ja);
        let Self(en) = Self::of(&text.en);
        Self(format!("{ja}<br><span lang=\"en\">{en}</span>"))
    }

    fn number(number: u64) -> Self {
        Self(number.to_string())
    }
}

/// Writes the page.
#[must_use]
pub fn write(report: &Report) -> String {
    let mut page = String::new();
    let world = Cell::of(&report.world).0;
    let (class, verdict) =
        if report.passed { ("passed", "合格 / passed") } else { ("failed", "不合格 / failed") };
    // Writing into a string never fails.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"ja\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>onshi-mock: {world}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>onshi-mock <small>{world}</small></h1>\n\
         <p class=\"{class}\">{verdict}</p>\n<p>{at} — {exchanges} 件 / exchanges — onshi-mock {version}</p>\n",
        at = Cell::of(&report.at).0,
        exchanges = report.exchanges,
        version = report.version,
    );
    if !report.problems.is_empty() {
        page.push_str("<ul>\n");
        for problem in &report.problems {
            let _ = writeln!(page, "<li>{}</li>", Cell::both(problem).0);
        }
        page.push_str("</ul>\n");
    }
    tables(report, &mut page);
    page.push_str("</body>\n</html>\n");
    page
}

fn tables(report: &Report, page: &mut String) {
    let heads = [
        "電文 / message",
        "名称 / name",
        "応答 / answered",
        "拒否 / refused",
        "模擬 / simulated",
        "接続のみ / handshake",
        "障害 / failed",
    ];
    let rows = report.messages.iter().map(|row| {
        let counts = [row.answered, row.refused, row.simulated, row.handshake, row.failed];
        let names = [Cell::of(&row.message), Cell::both(&row.title())];
        names.into_iter().chain(counts.map(Cell::number)).collect()
    });
    table(page, "電文 / Messages", &heads, rows);

    let heads = ["検証 / verification", "結果 / verdict", "内容 / outcome", "近いもの / nearest"];
    let rows = report.verifications.iter().map(|verification| {
        let verdict = match verification.verdict {
            Verdict::Passed => "合格 / passed",
            Verdict::Failed => "不合格 / failed",
            Verdict::Unknown => "不明 / unknown",
        };
        let nearest: Vec<_> = verification.nearest.iter().map(|near| Cell::both(&near.text()).0).collect();
        vec![
            Cell::of(&verification.name),
            Cell::of(verdict),
            Cell::both(&verification.text),
            Cell(nearest.join("<br>")),
        ]
    });
    table(page, "検証 / Verifications", &heads, rows);

    let heads = [
        "指摘 / finding",
        "意味 / meaning",
        "件数 / count",
        "要素（最新）/ element (latest)",
        "送信値 / sent",
        "期待 / expected",
    ];
    let rows = report.findings.iter().map(|row| {
        vec![
            Cell::of(row.latest.label.code()),
            Cell::both(&row.meaning),
            Cell::number(row.count),
            Cell::of(&row.latest.element),
            Cell::of(&row.latest.sent),
            Cell::both(&row.latest.expected),
        ]
    });
    table(page, "指摘 / Findings", &heads, rows);

    let refused = report.refused.iter().map(|row| {
        let gate = Refused::ALL.iter().find(|refused| refused.label() == row.name);
        let [meaning, mend] = gate.map_or_else(<[Cell; 2]>::default, |refused| {
            [refused.reason(), refused.mend()].map(|text| Cell::both(&text))
        });
        vec![Cell::of(&row.name), Cell::number(row.count), meaning, mend]
    });
    let heads = ["ラベル / label", "件数 / count", "意味 / meaning", "対処 / mend"];
    table(page, "拒否 / Refusals", &heads, refused);

    let simulated = report.simulated.iter().map(|row| vec![Cell::of(&row.name), Cell::number(row.count)]);
    table(page, "模擬 / Simulated", &["名称 / name", "件数 / count"], simulated);
}

/// A table, unless it is empty.
fn table(page: &mut String, title: &str, heads: &[&str], rows: impl Iterator<Item = Vec<Cell>>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let _ = writeln!(page, "<h2>{title}</h2>\n<table>\n<tr>{}</tr>", cells("th", heads.iter().copied()));
    for row in rows {
        let _ = writeln!(page, "<tr>{}</tr>", cells("td", row.iter().map(|Cell(text)| text.as_str())));
    }
    page.push_str("</table>\n");
}

fn cells<'a>(tag: &str, texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(|text| format!("<{tag}>{text}</{tag}>")).collect()
}
