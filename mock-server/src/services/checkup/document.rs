//! The same as a document: one table for each day of examination.

use documents::{Column, Document, Entry, Section, Table};
use messages::Given;
use messages::tkk::{Checkup, CheckupItem, Outcome};
use messages::value::{Day, Value};

/// The document of an answer. It says the same as the message.
pub(super) fn of(outcome: &Outcome) -> Document {
    let person = outcome.header.person.clone().unwrap_or_default();
    let checkups = &outcome.body.checkups;
    let days: Vec<_> = checkups.iter().filter_map(|checkup| checkup.day.good().map(|day| day.0)).collect();
    let period = match (days.iter().min(), days.iter().max()) {
        (Some(first), Some(last)) => format!("{}～{}", first.strftime("%Y/%m/%d"), last.strftime("%Y/%m/%d")),
        (None, _) | (_, None) => String::new(),
    };
    Document {
        title: "特定健診情報".to_owned(),
        running: format!("{}　{}", text(&person.name), date(&person.born)),
        person: vec![
            Entry::new("氏名", text(&person.name)),
            Entry::new("カナ氏名", text(&person.kana)),
            Entry::new("生年月日", date(&person.born)),
            Entry::new(
                "年齢・性別",
                format!("{}歳　{}", text(&person.age), person.sex.good().map_or("", |sex| sex.meaning())),
            ),
            Entry::new("保険者番号", text(&person.insurer).trim()),
            Entry::new(
                "記号・番号",
                [text(&person.symbol), text(&person.number), text(&person.branch)].join("　"),
            ),
        ],
        period,
        made_at: outcome
            .header
            .executed
            .good()
            .map(|at| at.0.strftime("%Y年%m月%d日 %H:%M").to_string())
            .unwrap_or_default(),
        sections: checkups.iter().map(section).collect(),
    }
}

fn section(checkup: &Checkup) -> Section {
    let columns = vec![Column::new("項目", 50), Column::new("結果", 42), Column::new("単位", 18)];
    let rows = checkup.items.iter().map(row).collect();
    Section {
        heading: format!("実施日 {}", date(&checkup.day)),
        subheading: String::new(),
        tables: vec![Table { caption: String::new(), columns, rows }],
    }
}

fn row(item: &CheckupItem) -> Vec<String> {
    let shown = if item.value_name.is_missing() {
        text(&item.value)
    } else {
        format!("{} {}", text(&item.value), text(&item.value_name))
    };
    vec![text(&item.name), shown, text(&item.unit)]
}

fn text<V: Value>(given: &Given<V>) -> String {
    given.good().map(|value| value.text().into_owned()).unwrap_or_default()
}

fn date(given: &Given<Day>) -> String {
    given.good().map(|day| day.0.strftime("%Y/%m/%d").to_string()).unwrap_or_default()
}
