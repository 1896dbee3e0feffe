//! What other people's programs see in a document: poppler's `pdftotext`, `pdffonts` and `pdfinfo` are needed.

use std::collections::BTreeSet;
use std::process::Command;

use documents::{Column, Document, Entry, NOTICE, RenderError, Rendered, Section, Table, render};
use proptest::prelude::*;

/// What a program says about a PDF; a complaint is a failure.
fn ask(program: &str, arguments: &[&str], pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("document.pdf");
    std::fs::write(&file, pdf).expect("room for the file");
    let mut command = Command::new(program);
    command.args(arguments).arg(&file);
    if program == "pdftotext" {
        command.arg("-");
    }
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed (Debian package poppler-utils): {error}"));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{program}: {complaint}");
    String::from_utf8(output.stdout).expect("the program writes UTF-8")
}

/// The text of each page, as it was written, without any space.
fn pages(rendered: &Rendered) -> Vec<String> {
    let text = ask("pdftotext", &["-raw"], &rendered.bytes);
    let mut pages: Vec<String> = text.split('\u{c}').map(squeeze).collect();
    assert_eq!(pages.pop().as_deref(), Some(""), "each page ends with a form feed");
    pages
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

fn strings<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn drugs(rows: Vec<Vec<String>>) -> Table {
    let columns = vec![
        Column::new("調剤日", 3),
        Column::new("薬品名", 8),
        Column::new("用法", 6).center(),
        Column::new("数量", 3).right(),
    ];
    Table { caption: "内服".to_owned(), columns, rows }
}

fn history(tables: Vec<Table>) -> Document {
    Document {
        title: "薬剤情報".to_owned(),
        running: "試験　太郎".to_owned(),
        person: vec![Entry::new("氏名", "試験　太郎"), Entry::new("カナ氏名", "ｼｹﾝ ﾀﾛｳ")],
        period: "2026年9月～2026年10月".to_owned(),
        made_at: "2026年10月20日".to_owned(),
        sections: vec![Section {
            heading: "2026年10月".to_owned(),
            subheading: "試験薬局".to_owned(),
            tables,
        }],
    }
}

fn one_table(rows: Vec<Vec<String>>) -> Document {
    history(vec![drugs(rows)])
}

fn many_rows(count: usize) -> Vec<Vec<String>> {
    (1..=count)
        .map(|nth| {
            vec![
                format!("10月{nth}日"),
                format!("アムロジピンＯＤ錠５ｍｇ「試験{nth:04}」（長い名前は欄の中で折り返す）"),
                "１日１回　朝食後服用".to_owned(),
                format!("{nth}.5㎎"),
            ]
        })
        .collect()
}

#[test]
fn same_data_give_the_same_bytes() {
    let document = one_table(many_rows(60));
    assert_eq!(render(&document).unwrap().bytes, render(&document).unwrap().bytes);
    let there = document.clone();
    let elsewhere = std::thread::spawn(move || render(&there).unwrap().bytes).join().unwrap();
    assert_eq!(elsewhere, render(&document).unwrap().bytes);
    assert_ne!(elsewhere, render(&one_table(many_rows(59))).unwrap().bytes);
}

#[test]
fn the_text_has_everything_in_the_order_of_reading() {
    let rows = vec![
        strings(["10月1日", "ロキソプロフェンＮａ錠６０ｍｇ「試験」", "疼痛時　１回１錠", "10回分"]),
        strings(["10月1日", "ｱｽﾋﾟﾘﾝ 0.5g\n粉砕", "", "１４.５ｍＬ"]),
        strings(["10月2日", "μ－～㎎①髙﨑𠮷", "毎食後", "1,000"]),
    ];
    let rendered = render(&one_table(rows)).unwrap();
    assert_eq!(rendered.replaced, ['𠮷']);
    let expected = [
        "薬剤情報対象期間2026年9月～2026年10月作成日時2026年10月20日",
        "氏名試験太郎カナ氏名ｼｹﾝﾀﾛｳ",
        "2026年10月試験薬局内服調剤日薬品名用法数量",
        "10月1日ロキソプロフェンＮａ錠６０ｍｇ「試験」疼痛時１回１錠10回分",
        "10月1日ｱｽﾋﾟﾘﾝ0.5g粉砕１４.５ｍＬ",
        "10月2日μ－～㎎①髙﨑●毎食後1,000",
        "試験用データ/TESTDATA1/1",
    ];
    assert_eq!(pages(&rendered), [expected.concat()]);
}

#[test]
fn rows_stay_rows_for_a_reader_that_looks_at_the_page() {
    let rows = vec![
        strings(["10月1日", "アスピリン錠", "毎食後", "3錠"]),
        strings(["10月2日", "注射液", "静注", "1瓶"]),
    ];
    let rendered = render(&one_table(rows)).unwrap();
    let text = ask("pdftotext", &["-layout"], &rendered.bytes);
    let lines: Vec<String> = text.lines().map(squeeze).collect();
    assert!(lines.contains(&"10月1日アスピリン錠毎食後3錠".to_owned()), "{lines:?}");
    assert!(lines.contains(&"10月2日注射液静注1瓶".to_owned()), "{lines:?}");
}

#[test]
fn the_font_is_embedded_as_a_subset_with_its_unicode_map() {
    let fonts = ask("pdffonts", &[], &render(&one_table(many_rows(3))).unwrap().bytes);
    let fonts: Vec<&str> = fonts.lines().skip(2).collect();
    let [font] = fonts[..] else { panic!("one font, not {fonts:?}") };
    assert!(font.contains("+BIZUDGothic-Regular"), "{font}");
    let words: Vec<&str> = font.split_whitespace().collect();
    assert!(words.windows(3).any(|words| words == ["yes", "yes", "yes"]), "{font}");
}

#[test]
fn title_and_language_are_told_and_no_time_is() {
    let rendered = render(&one_table(many_rows(1))).unwrap();
    let about = ask("pdfinfo", &[], &rendered.bytes);
    assert!(about.contains("薬剤情報") && about.contains("A4"), "{about}");
    assert!(!about.contains("Date"), "{about}");
    assert!(rendered.bytes.windows(9).any(|bytes| bytes == b"/Lang(ja)"), "the language is Japanese");
}

#[test]
fn long_tables_go_on_under_repeated_headings_and_lose_no_row() {
    let rows = many_rows(120);
    let pages = pages(&render(&one_table(rows.clone())).unwrap());
    assert!(pages.len() >= 3, "{}", pages.len());
    let count = pages.len();
    let headings = "薬剤情報試験太郎2026年10月試験薬局（つづき）内服調剤日薬品名用法数量10月";
    for (page, text) in pages.iter().enumerate() {
        assert!(page == 0 || text.starts_with(headings), "{text}");
        assert!(text.ends_with(&format!("{}{}/{count}", squeeze(NOTICE), page + 1)), "{text}");
    }
    let mut from = (0, 0);
    for row in rows {
        let row = squeeze(&row.concat());
        let place = (from.0..count)
            .find_map(|page| {
                let start = if page == from.0 { from.1 } else { 0 };
                pages[page].get(start..)?.find(&row).map(|at| (page, start + at + row.len()))
            })
            .unwrap_or_else(|| panic!("{row} is whole and after the row before it"));
        from = place;
    }
}

#[test]
fn no_heading_is_left_alone_at_the_end_of_a_page() {
    for count in 40..60 {
        let last = vec![strings(["11月1日", "最後の薬", "就寝前", "1錠"])];
        let pages = pages(&render(&history(vec![drugs(many_rows(count)), drugs(last)])).unwrap());
        let with_row = pages.iter().find(|page| page.contains("最後の薬")).unwrap();
        assert!(with_row.contains("内服調剤日薬品名用法数量11月1日最後の薬"), "{count} rows: {with_row}");
        for page in &pages {
            assert!(!page.contains("数量試験用データ"), "{count} rows: {page}");
        }
    }
}

#[test]
fn a_row_taller_than_a_page_goes_on_and_loses_nothing() {
    let long: String = (0..4000).map(|nth| char::from(b'A' + u8::try_from(nth % 26).unwrap())).collect();
    let pages = pages(&render(&one_table(vec![strings(["10月1日", &long, "毎食後", "1錠"])])).unwrap());
    assert!(pages.len() > 1);
    let name: String = pages.concat().chars().filter(char::is_ascii_uppercase).collect();
    let notices = name.matches("TESTDATA").count();
    assert_eq!((notices, name.len() - notices * "TESTDATA".len()), (pages.len(), long.len()));
}

#[test]
fn headings_of_any_length_leave_room_for_rows() {
    let endless = "長い見出し".repeat(2000);
    let mut document = one_table(many_rows(80));
    document.title = endless.clone();
    document.running = endless.clone();
    document.sections[0].heading = endless.clone();
    document.sections[0].subheading = endless.clone();
    document.sections[0].tables[0].caption = endless.clone();
    document.sections[0].tables[0].columns[3].heading = endless;
    let pages = pages(&render(&document).unwrap());
    let last = pages.last().unwrap();
    assert!(last.contains("…（つづき）") && last.contains("80.5㎎"), "{last}");
}

#[test]
fn an_empty_document_is_a_page_that_says_so() {
    let expected = ["該当する情報はありません。試験用データ/TESTDATA1/1"];
    assert_eq!(pages(&render(&Document::default()).unwrap()), expected);
    let hollow = Document {
        sections: vec![Section { tables: vec![Table::default()], ..Section::default() }],
        ..Document::default()
    };
    assert_eq!(pages(&render(&hollow).unwrap()), ["試験用データ/TESTDATA1/1"]);
}

#[test]
fn a_row_that_does_not_fit_its_table_is_refused_with_its_place() {
    let error = render(&one_table(vec![many_rows(1).remove(0), strings(["10月1日"])])).unwrap_err();
    assert!(matches!(error, RenderError::Cells { section: 1, table: 1, row: 2, cells: 1, columns: 4 }));
    assert_eq!(error.to_string(), "section 1, table 1, row 2: 1 cells for 4 columns");
}

#[test]
fn every_character_of_windows_31j_is_drawn_and_found_again() {
    let all = windows_31j();
    assert!(all.chars().count() > 7_000);
    let document = Document { title: all.clone(), ..Document::default() };
    let rendered = render(&document).unwrap();
    assert_eq!(rendered.replaced, []);
    let found: BTreeSet<char> = pages(&rendered).concat().chars().collect();
    let missing: String = squeeze(&all).chars().filter(|character| !found.contains(character)).collect();
    assert_eq!(missing, "");
}

/// Without controls and the private use area.
fn windows_31j() -> String {
    let single = (0x20..=0x7e).chain(0xa1..=0xdf).map(|byte| vec![byte]);
    let double = (0x81..=0xfc).flat_map(|lead| (0x40..=0xfc).map(move |trail| vec![lead, trail]));
    single
        .chain(double)
        .filter_map(|bytes| {
            let (text, _, is_broken) = encoding_rs::SHIFT_JIS.decode(&bytes);
            let mut characters = text.chars();
            let only = characters.next().filter(|_| !is_broken && characters.next().is_none());
            only.filter(|character| !('\u{e000}'..='\u{f8ff}').contains(character))
        })
        .collect()
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[ -~]{0,300}",
        "[ぁ-んァ-ヶ一-龠ｦ-ﾟ０-９ａ-ｚ、。「」（）…ー㎎]{0,200}",
        "[\\x00-\\x1f\\x7f\u{80}-\u{9f}\u{200b}-\u{200f}\u{300}-\u{310}\u{3099}\u{309a}\u{fe0f}👨👩🏽\u{200d}]{0,20}",
        (0..1500_usize).prop_map(|length| "Ａ".repeat(length)),
    ];
    prop::collection::vec(piece, 0..3).prop_map(|pieces| pieces.concat())
}

fn any_table() -> impl Strategy<Value = Table> {
    (0..5_usize, 0..5_usize).prop_flat_map(|(columns, rows)| {
        let column = (any_text(), any::<u16>(), 0..3_usize).prop_map(|(heading, share, align)| {
            let column = Column::new(heading, share);
            [column.clone(), column.clone().center(), column.right()][align].clone()
        });
        let columns_of = prop::collection::vec(column, columns);
        let rows_of = prop::collection::vec(prop::collection::vec(any_text(), columns), rows);
        (any_text(), columns_of, rows_of).prop_map(|(caption, columns, rows)| Table {
            caption,
            columns,
            rows,
        })
    })
}

fn any_document() -> impl Strategy<Value = Document> {
    let section = (any_text(), any_text(), prop::collection::vec(any_table(), 0..3))
        .prop_map(|(heading, subheading, tables)| Section { heading, subheading, tables });
    let entry = (any_text(), any_text()).prop_map(|(label, value)| Entry { label, value });
    let texts = (any_text(), any_text(), any_text(), any_text());
    (texts, prop::collection::vec(entry, 0..5), prop::collection::vec(section, 0..3)).prop_map(
        |((title, running, period, made_at), person, sections)| Document {
            title,
            running,
            person,
            period,
            made_at,
            sections,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_at_all_gives_a_document_that_others_can_read(document in any_document()) {
        let rendered = render(&document).unwrap();
        let pages = pages(&rendered);
        let count = pages.len();
        for (page, text) in pages.iter().enumerate() {
            let foot = format!("{}{}/{count}", squeeze(NOTICE), page + 1);
            prop_assert!(text.ends_with(&foot), "{text}");
            prop_assert!(!text.chars().any(|character| rendered.replaced.contains(&character)));
        }
        ask("pdfinfo", &["-meta"], &rendered.bytes);
    }
}
