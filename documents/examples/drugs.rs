//! A believable drug history on three pages: `cargo run --release --example drugs -- drugs.pdf`.

#![expect(clippy::print_stdout, reason = "it reports to a person")]

use std::time::Instant;

use documents::{Column, Document, Entry, Section, Table, render};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "drugs.pdf".to_owned());
    let document = document();
    for round in ["first, reads the font", "second"] {
        let start = Instant::now();
        let rendered = render(&document)?;
        println!("{} bytes in {:.1?} ({round})", rendered.bytes.len(), start.elapsed());
        std::fs::write(&path, rendered.bytes)?;
    }
    Ok(())
}

fn document() -> Document {
    let person = [
        ("氏名", "試験　太郎"),
        ("カナ氏名", "ｼｹﾝ ﾀﾛｳ"),
        ("生年月日", "1950年11月3日（昭和25年）"),
        ("性別・年齢", "男性　75歳"),
        ("保険者番号", "39131156"),
        ("被保険者証記号・番号", "－・12345678（枝番 01）"),
    ];
    Document {
        title: "薬剤情報".to_owned(),
        running: "試験　太郎　1950年11月3日生".to_owned(),
        person: person.into_iter().map(|(label, value)| Entry::new(label, value)).collect(),
        period: "2026年5月～2026年10月".to_owned(),
        made_at: "2026年11月22日　10時15分".to_owned(),
        sections: (5..=10).rev().flat_map(month).collect(),
    }
}

fn month(month: u8) -> Vec<Section> {
    let heading = format!("2026年{month}月");
    let clinic = Section {
        heading: heading.clone(),
        subheading: "医科外来　みなと試験内科クリニック　／　調剤　あおば試験薬局".to_owned(),
        tables: vec![drugs("", month, 7, CHRONIC)],
    };
    let hospital = Section {
        heading: heading.clone(),
        subheading: "医科入院　国立試験医療センター".to_owned(),
        tables: vec![drugs("内服・外用", month, 18, WARD), drugs("注射", month, 18, INJECTIONS)],
    };
    let dentist = Section {
        heading,
        subheading: "歯科外来　えがお試験歯科医院　／　調剤　あおば試験薬局　駅前店".to_owned(),
        tables: vec![drugs("", month, 24, ACUTE)],
    };
    match month {
        8 => vec![clinic, hospital],
        6 | 10 => vec![clinic, dentist],
        _ => vec![clinic],
    }
}

type Drug = (&'static str, &'static str, &'static str, &'static str);

fn drugs(caption: &str, month: u8, day: u8, drugs: &[Drug]) -> Table {
    let columns = vec![
        Column::new("調剤日", 13),
        Column::new("薬品名", 46),
        Column::new("用法", 26),
        Column::new("1回・1日量", 16).right(),
        Column::new("日数", 9).right(),
    ];
    let row = |(name, usage, amount, days): &Drug| {
        [
            format!("{month}月{day}日"),
            (*name).to_owned(),
            (*usage).to_owned(),
            (*amount).to_owned(),
            (*days).to_owned(),
        ]
    };
    Table {
        caption: caption.to_owned(),
        columns,
        rows: drugs.iter().map(|drug| row(drug).to_vec()).collect(),
    }
}

const CHRONIC: &[Drug] = &[
    ("アムロジピンＯＤ錠５ｍｇ「試験」", "１日１回　朝食後服用", "1錠", "28日"),
    ("ロスバスタチン錠２．５ｍｇ「試験」", "１日１回　夕食後服用", "1錠", "28日"),
    ("メトホルミン塩酸塩錠２５０ｍｇＭＴ「試験」", "１日２回　朝夕食後服用", "4錠", "28日"),
    ("エソメプラゾールカプセル２０ｍｇ「試験」", "１日１回　朝食前服用", "1ｶﾌﾟｾﾙ", "28日"),
    ("酸化マグネシウム錠３３０ｍｇ「試験」", "１日３回　毎食後服用　便の様子で加減してよい", "3錠", "28日"),
];

const WARD: &[Drug] = &[
    ("クロピドグレル錠７５ｍｇ「試験」", "１日１回　朝食後服用", "1錠", "5日"),
    ("アスピリン腸溶錠１００ｍｇ「試験」", "１日１回　朝食後服用", "1錠", "5日"),
    (
        "ニトログリセリンテープ２７ｍｇ「試験」",
        "１日１回　胸部、上腹部、背部、上腕部又は大腿部のいずれかに貼付",
        "1枚",
        "3日",
    ),
];

const INJECTIONS: &[Drug] = &[
    ("ヘパリンナトリウム注５０００単位／５ｍＬ「試験」", "点滴静注", "2瓶", "1日"),
    ("大塚試験生食注　５００ｍＬ　０．９％　１袋", "点滴静注", "1袋", "2日"),
    (
        "セファゾリンナトリウム注射用１ｇバッグ「試験」（生理食塩液１００ｍＬ付）",
        "１日２回　点滴静注",
        "2キット",
        "3日",
    ),
];

const ACUTE: &[Drug] = &[
    ("アモキシシリンカプセル２５０ｍｇ「試験」", "１日３回　毎食後服用", "3ｶﾌﾟｾﾙ", "4日"),
    ("ロキソプロフェンＮａ錠６０ｍｇ「試験」", "疼痛時服用　１回１錠　６時間以上あけること", "1錠", "5回"),
    (
        "アズレンうがい液４％「試験」",
        "１日数回　うがい　用時５～７滴を水約１００ｍＬに溶かす",
        "5ｍＬ",
        "1本",
    ),
];
