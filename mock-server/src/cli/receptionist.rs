//! An answer as a receptionist would read it.

use std::fmt::Write;

use messages::Given;
use messages::oqs::quc::{Outcome, Qualification};
use messages::value::{CharacterCode, Value};

/// The lines of an answer: Japanese label, value.
pub(super) fn read(outcome: &Outcome) -> Vec<(&'static str, String)> {
    let header = &outcome.header;
    let body = &outcome.body;
    let mut lines = Vec::new();
    push(&mut lines, "エラー", coded(&header.error_code, &header.error_message));
    push(&mut lines, "処理結果", coded(&body.code, &body.message));
    push(&mut lines, "資格有効性", body.validity.good().map(|v| format!("{v} {}", v.meaning())));
    for result in &body.results {
        lines.extend(qualification(result));
    }
    if header.character_code.good() == Some(&CharacterCode::ShiftJis) {
        push(&mut lines, "文字コード", Some("Shift_JIS".to_owned()));
    }
    lines
}

fn qualification(result: &Qualification) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let kana = text(&result.kana).map_or_else(String::new, |kana| format!(" ({kana})"));
    push(&mut lines, "氏名", text(&result.name).map(|name| name + &kana));
    push(&mut lines, "生年月日", result.born.good().map(|day| day.0.to_string()));
    push(&mut lines, "保険者", both(text(&result.insurer), text(&result.insurer_name)));
    push(&mut lines, "記号・番号", both(text(&result.symbol), text(&result.number)));
    let mut period = result.from.good().map(|day| format!("{} ～", day.0)).unwrap_or_default();
    if let Some(lost) = result.lost.good() {
        let reason = result.reason_of_loss.good().map_or("", |reason| reason.meaning());
        let _ = write!(period, " {} 喪失 {reason}", lost.0);
    }
    push(&mut lines, "資格", (!period.is_empty()).then_some(period));
    push(&mut lines, "カード期限", result.card_to.good().map(|day| day.0.to_string()));
    if let Some(limit) = &result.limit {
        let class = limit.class.good().map(|class| format!("適用区分 {class} {}", class.meaning()));
        let until = limit.to.good().map(|day| format!("（{} まで）", day.0));
        push(&mut lines, "限度額認定証", class.map(|class| class + &until.unwrap_or_default()));
    }
    lines
}

fn push(lines: &mut Vec<(&'static str, String)>, label: &'static str, value: Option<String>) {
    if let Some(value) = value {
        lines.push((label, value));
    }
}

fn text<V: Value>(given: &Given<V>) -> Option<String> {
    given.good().map(|value| value.text().trim().to_owned())
}

fn both(one: Option<String>, other: Option<String>) -> Option<String> {
    match (one, other) {
        (Some(one), Some(other)) => Some(format!("{one} {other}")),
        (one, other) => one.or(other),
    }
}

fn coded<C: Value, M: Value>(code: &Given<C>, message: &Given<M>) -> Option<String> {
    both(text(code), text(message))
}
