//! The report as JUnit XML, as build servers read it.

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use crate::journal::verify::{Verdict, Verification};

/// Writes the report: one suite for the verifications, one for the findings, one for onshi-mock itself.
///
/// # Errors
/// [`SerializeError`] if it cannot be written as XML.
pub fn write(report: &Report) -> Result<String, SerializeError> {
    let mut verifications = TestSuite::new("verifications");
    verifications.add_test_cases(report.verifications.iter().map(verification));
    let mut findings = TestSuite::new("findings");
    findings.add_test_cases(report.findings.iter().map(|row| {
        let name = format!("{} {}", row.latest.label, row.meaning.en);
        let text = format!("{} times, latest: {}", row.count, row.latest);
        if row.fails {
            return TestCase::new(name, status(NonSuccessKind::Failure, &text));
        }
        let mut case = TestCase::new(name, TestCaseStatus::success());
        case.set_system_out(text);
        case
    }));
    let own: u64 = report.messages.iter().map(|row| row.failed).sum();
    let mut itself = TestSuite::new("onshi-mock");
    itself.add_test_case(TestCase::new(
        "no failure of onshi-mock itself",
        if own == 0 {
            TestCaseStatus::success()
        } else {
            status(NonSuccessKind::Error, &format!("{own} exchanges failed; the log says why"))
        },
    ));
    let mut document = quick_junit::Report::new(format!("onshi-mock {}", report.world));
    document.add_test_suites([verifications, findings, itself]);
    document.to_string()
}

fn verification(verification: &Verification) -> TestCase {
    let mut status = match verification.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed => status(NonSuccessKind::Failure, &verification.text.en),
        Verdict::Unknown => status(NonSuccessKind::Error, &verification.text.en),
    };
    if verification.verdict != Verdict::Passed {
        let nearest: Vec<_> = verification.nearest.iter().map(|near| near.text().en).collect();
        status.set_description(nearest.join("\n"));
    }
    TestCase::new(verification.name.clone(), status)
}

fn status(kind: NonSuccessKind, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(message);
    status
}
