//! The same as a document for a doctor's eyes: tables by month and place.

use documents::{Column, Document, Entry, Section, Table};
use messages::Given;
use messages::message::Part;
use messages::value::{Month, Value};
use messages::yzk::{DateInfo, Drug, MonthInfo, Outcome, Treatment};

/// The document of an answer. It says the same as the message.
pub(super) fn of(outcome: &Outcome, from: Month, to: Month) -> Document {
    let person = outcome.header.person.clone().unwrap_or_default();
    let body = &outcome.body;
    let has_treatments =
        body.receipts.iter().flat_map(|month| &month.dates).any(|date| !date.treatments.is_empty());
    let title = if has_treatments { "薬剤情報・診療情報" } else { "薬剤情報" };
    let mut sections = sections(&body.receipts, "");
    sections.extend(self::sections(&body.dispensed, "調剤情報"));
    sections.extend(self::sections(&body.prescribed, "処方情報"));
    let entry = |label: &str, value: String| Entry::new(label, value);
    Document {
        title: title.to_owned(),
        running: format!("{}　{}", text(&person.name), date(&person.born)),
        person: vec![
            entry("氏名", text(&person.name)),
            entry("カナ氏名", text(&person.kana)),
            entry("生年月日", date(&person.born)),
            entry(
                "年齢・性別",
                format!("{}歳　{}", text(&person.age), person.sex.good().map_or("", |sex| sex.meaning())),
            ),
            entry("保険者番号", text(&person.insurer).trim().to_owned()),
            entry(
                "記号・番号",
                [text(&person.symbol), text(&person.number), text(&person.branch)].join("　"),
            ),
        ],
        period: format!("{}～{}", year_month(from), year_month(to)),
        made_at: outcome
            .header
            .executed
            .good()
            .map(|at| at.0.strftime("%Y年%m月%d日 %H:%M").to_string())
            .unwrap_or_default(),
        sections,
    }
}

fn sections<P: Part>(months: &[MonthInfo<P>], part: &str) -> Vec<Section> {
    months.iter().map(|month| section(month, part)).collect()
}

fn section<P: Part>(month: &MonthInfo<P>, part: &str) -> Section {
    let heading = month.month.good().map(|month| year_month(*month)).unwrap_or_default();
    let kind = month.in_out.good().map_or("", |kind| kind.meaning());
    let mut places = format!("{kind}　{}", text(&month.place_name));
    if !month.prescriber_name.is_missing() {
        places = format!("{places}（処方: {}）", text(&month.prescriber_name));
    }
    let drugs = drugs(&month.dates);
    let treatments = treatments(&month.dates);
    Section {
        heading: [heading.as_str(), part].join("　").trim_end().to_owned(),
        subheading: places,
        tables: drugs.into_iter().chain(treatments).collect(),
    }
}

fn drugs<P: Part>(dates: &[DateInfo<P>]) -> Option<Table> {
    let rows: Vec<_> =
        dates.iter().flat_map(|info| info.drugs.iter().map(|drug| drug_row(info, drug))).collect();
    let columns = vec![
        Column::new("日付", 16),
        Column::new("薬剤名・成分", 44),
        Column::new("用法", 28),
        Column::new("使用量", 14).right(),
        Column::new("回数", 7).right(),
    ];
    (!rows.is_empty()).then(|| Table { caption: "薬剤".to_owned(), columns, rows })
}

fn drug_row<P: Part>(info: &DateInfo<P>, drug: &Drug<P>) -> Vec<String> {
    let day = if info.day.is_missing() { &info.prescribed } else { &info.day };
    let lines =
        |parts: [String; 2]| parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    vec![
        date(day),
        lines([text(&drug.name), text(&drug.ingredient)]),
        lines([text(&drug.usage), text(&drug.instruction)]),
        format!("{}{}", text(&drug.quantity), text(&drug.unit)),
        text(&drug.times),
    ]
}

fn treatments<P: Part>(dates: &[DateInfo<P>]) -> Option<Table> {
    let rows: Vec<_> = dates
        .iter()
        .flat_map(|info| info.treatments.iter().map(|one| treatment_row(&info.day, one)))
        .collect();
    let columns = vec![
        Column::new("日付", 16),
        Column::new("区分", 18),
        Column::new("診療行為", 54),
        Column::new("数量", 14).right(),
        Column::new("回数", 7).right(),
    ];
    (!rows.is_empty()).then(|| Table { caption: "診療".to_owned(), columns, rows })
}

fn treatment_row(day: &Given<messages::value::Day>, treatment: &Treatment) -> Vec<String> {
    let additions = treatment.additions.iter().map(|addition| format!("（加算）{}", text(&addition.name)));
    let names: Vec<_> = std::iter::once(text(&treatment.name)).chain(additions).collect();
    vec![
        date(day),
        treatment.class.good().map_or_else(String::new, |class| class.meaning().to_owned()),
        names.join("\n"),
        format!("{}{}", text(&treatment.quantity), text(&treatment.unit)),
        text(&treatment.times),
    ]
}

fn text<V: Value>(given: &Given<V>) -> String {
    given.good().map(|value| value.text().into_owned()).unwrap_or_default()
}

fn date(given: &Given<messages::value::Day>) -> String {
    given.good().map(|day| day.0.strftime("%Y/%m/%d").to_string()).unwrap_or_default()
}

fn year_month(month: Month) -> String {
    month.first_day().strftime("%Y年%m月").to_string()
}
