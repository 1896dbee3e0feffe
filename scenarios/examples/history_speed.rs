//! Prints how long the histories of the test cards take: `cargo run --release -p scenarios --example history_speed`.

use std::time::Instant;

use jiff::ToSpan;
use jiff::civil::date;
use messages::value::Month;

#[expect(clippy::print_stdout, reason = "an example prints")]
fn main() {
    let today = date(2026, 11, 22);
    let mut times: Vec<_> = Vec::new();
    for card in scenarios::standard().cards {
        let rounds = 20;
        let begun = Instant::now();
        let mut visits = 0;
        for _ in 0..rounds {
            visits = card.person.visits(today, Month::of(today - 35.months()), Month::of(today)).len();
        }
        times.push((begun.elapsed() / rounds, visits, card.key));
    }
    times.sort_unstable();
    for (time, visits, key) in times.iter().rev().take(8) {
        println!("{time:>12.1?} {visits:>5} visits of three years  {key}");
    }
}
