//! Files that want to hurt: refused with a label, without a stack overflow or minutes of work.

use scenarios::Pack;

fn label(text: &str) -> &'static str {
    Pack::read("hostile.yaml", text).expect_err("a hostile file").problems[0].label
}

#[test]
fn a_file_that_is_too_large_is_not_even_read() {
    let text = format!("about: {{ja: あ, en: a}} # {}", "x".repeat(33 * 1024 * 1024));
    let error = Pack::read("large.yaml", &text).unwrap_err();
    assert_eq!((error.problems[0].label, error.problems[0].line), ("S002", 0));
    assert!(error.to_string().contains("expected at most 33554432"), "{error}");
}

#[test]
fn nesting_without_end_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        for depth in [40, 1_000, 100_000] {
            let text =
                format!("scripts: [{{name: one, then: {}{}}}]", open.repeat(depth), close.repeat(depth));
            assert!(["S001", "S002", "S003", "S007"].contains(&label(&text)), "{open} {depth}");
            let unclosed = format!("about: {}", open.repeat(depth));
            assert!(["S001", "S002", "S003", "S007"].contains(&label(&unclosed)), "{open} {depth}");
        }
    }
}

#[test]
fn aliases_that_would_fill_the_memory_are_refused() {
    // Each line would be nine times the line before; nothing reads the keys, so only the limits can stop it.
    let mut bomb =
        "scripts:\n  - name: one\n    then:\n      set:\n        a: &a [x, x, x, x, x, x, x, x, x]\n"
            .to_owned();
    for level in 1..9 {
        let names = |i: u8| char::from(b'a' + i);
        let aliases = vec![format!("*{}", names(level - 1)); 9].join(", ");
        bomb.push_str(&format!("        {0}: &{0} [{aliases}]\n", names(level)));
    }
    assert!(["S002", "S007"].contains(&label(&bomb)));
    let many = format!("about: {{ja: &a x, en: y}}\npatients: [{}]", "*a, ".repeat(5_000));
    assert!(["S001", "S002", "S007"].contains(&label(&many)));
    let endless = "scripts:\n  - &a {name: one, then: *a}\n";
    assert_eq!(label(endless), "S001");
}

#[test]
fn of_very_many_problems_the_first_are_told() {
    let text = format!("scripts:\n{}", "  - {name: one}\n".repeat(5_000));
    let problems = Pack::read("many.yaml", &text).unwrap_err().problems;
    assert_eq!(problems.len(), 25);
    assert_eq!(problems[24].line, 26);
}

#[test]
fn whatever_is_cut_off_or_turned_around_never_panics() {
    let text = scenarios::packs()[1].1;
    let lines: Vec<_> = text.lines().take(120).collect();
    for cut in (0..lines.len()).step_by(7) {
        let head = lines[..cut].join("\n");
        let _ = Pack::read("head.yaml", &head);
        let _ = Pack::read("tail.yaml", &lines[cut..].join("\n"));
        let _ = Pack::read("quoted.yaml", &format!("{head}\n\"'{{[|>&*!%@`"));
        let _ = Pack::read("reversed.yaml", &head.chars().rev().collect::<String>());
    }
}
