//! The dialect: what is not known of the real service, as data.
//!
//! Each row has a value, a confidence mark and a source. Code asks the rows and never guesses. The built-in rows stand
//! in `dialect.yaml`; [`Dialect::with`] replaces some of them.

mod overlay;
mod values;

use serde::{Deserialize, Serialize};

pub use overlay::DialectError;
pub use values::*;

use crate::charset::Encoding;
use crate::message::Mark;
use crate::style::{Empty, Nesting, Order, Style};
use crate::value::Month;

const BUILT_IN: &str = include_str!("dialect.yaml");

/// One rule: its value, how sure we are of it, and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row<T> {
    /// The value.
    pub value: T,
    /// How sure we are.
    pub mark: Mark,
    /// Where it comes from.
    pub source: String,
}

/// A row as tables show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowView {
    /// Section and name, joined by a point.
    pub name: String,
    /// The value as JSON.
    pub value: String,
    /// How sure we are.
    pub mark: Mark,
    /// Where it comes from.
    pub source: String,
}

/// Declares the sections and rows of the dialect, once for [`Dialect`] and once for what replaces rows of it.
macro_rules! dialect {
    ($(
        $(#[$section_meta:meta])*
        $section:ident: $type:ident {
            $($(#[$meta:meta])* $row:ident: $value:ty,)*
        }
    )*) => {
        /// Every rule.
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub struct Dialect {
            $($(#[$section_meta])* pub $section: $type,)*
        }

        $(
            $(#[$section_meta])*
            #[derive(Debug, Clone, PartialEq, Deserialize)]
            #[serde(rename_all = "kebab-case", deny_unknown_fields)]
            pub struct $type {
                $($(#[$meta])* pub $row: Row<$value>,)*
            }
        )*

        /// The same sections and rows, each of which may be absent.
        mod some {
            use super::*;

            #[derive(Default, Deserialize)]
            #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
            pub(super) struct Dialect {
                $(pub(super) $section: Option<$type>,)*
            }

            $(
                #[derive(Default, Deserialize)]
                #[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
                pub(super) struct $type {
                    $(pub(super) $row: Option<Row<$value>>,)*
                }
            )*
        }

        impl Dialect {
            /// Every row, in the order of the sections.
            #[must_use]
            pub fn rows(&self) -> Vec<RowView> {
                vec![$($(view(stringify!($section), stringify!($row), &self.$section.$row),)*)*]
            }

            fn replace(&mut self, rows: some::Dialect) {
                $(
                    if let Some(section) = rows.$section {
                        $(if let Some(row) = section.$row { self.$section.$row = row; })*
                    }
                )*
            }
        }
    };
}

dialect! {
    /// Codes and texts of errors.
    codes: Codes {
        /// The insurer number is wrong.
        insurer_number: Coded,
        /// The date of birth is wrong.
        birth_date: Coded,
        /// There is no number.
        number_missing: Coded,
        /// A symbol was given for a late-elderly person.
        symbol_for_late_elderly: Coded,
        /// The day of confirmation is wrong, or too far away.
        confirmation_date: Coded,
        /// Another item of the search data is wrong.
        other_item: Coded,
        /// No job has this reception number.
        reception_number: Coded,
        /// The reference number is too long, or missing.
        reference_number: Coded,
        /// Nobody has the qualification for which a reference number is to be registered.
        registration_not_found: Coded,
        /// The result of a job is no longer kept.
        job_expired: Coded,
        /// The month of the tickets is wrong.
        ticket_month: Coded,
        /// The dates of consent or examination are wrong, or missing.
        consent_dates: Coded,
        /// The kind of visit doesn't belong to the message.
        treatment_flag: Coded,
        /// No living consent to a home visit or to online care.
        visit_consent: Coded,
        /// There is no such consent to cancel.
        consent_to_cancel: Coded,
        /// The My Number card expires soon (attached information).
        card_expires: Coded,
        /// The institution code is not the terminal's.
        institution: Coded,
        /// The system failed.
        system_error: Coded,
        /// Outside the hours of service.
        outside_hours: Coded,
        /// The account may not fetch this.
        role: Coded,
        /// More persons than a bulk job may have.
        too_many_persons: Coded,
        /// More unfinished jobs than an institution may have.
        too_many_jobs: Coded,
        /// Drugs: no living consent.
        drugs_consent: Coded,
        /// Drugs: no data.
        drugs_none: Coded,
        /// Drugs: the months are wrong.
        drugs_period: Coded,
        /// Drugs: nobody has this insurance.
        drugs_person: Coded,
        /// Drugs: another item is wrong.
        drugs_item: Coded,
        /// Drugs: the system failed.
        drugs_system_error: Coded,
        /// Drugs: outside the hours of service.
        drugs_outside_hours: Coded,
        /// Drugs: the account may not fetch this.
        drugs_role: Coded,
        /// Drugs: the institution code is not the terminal's.
        drugs_institution: Coded,
        /// Check-ups: no living consent.
        checkups_consent: Coded,
        /// Check-ups: no data.
        checkups_none: Coded,
        /// Check-ups: nobody has this insurance.
        checkups_person: Coded,
        /// Check-ups: an item is wrong.
        checkups_item: Coded,
        /// Check-ups: the system failed.
        checkups_system_error: Coded,
        /// Check-ups: outside the hours of service.
        checkups_outside_hours: Coded,
        /// Check-ups: the account may not fetch this.
        checkups_role: Coded,
        /// Check-ups: the institution code is not the terminal's.
        checkups_institution: Coded,
    }

    /// What requests may be.
    requests: Requests {
        /// What an element that the layout doesn't have leads to.
        unknown_element: Tolerance,
        /// Most bytes in the body of a single message.
        most_bytes: usize,
        /// Most bytes in the body of a bulk message.
        most_bulk_bytes: usize,
        /// Hours for which an answer is kept for whoever asks again under the same key.
        answer_kept_hours: u32,
        /// How many years the day of confirmation may lie in the past.
        earliest_confirmation_years: u8,
        /// How many months it may lie in the future.
        latest_confirmation_months: u8,
    }

    /// How people are found.
    search: Search {
        /// Whether check digits are verified first.
        check_digits_first: bool,
        /// Whether a qualification ends with its card.
        ends_with_card: bool,
        /// Whether the number of a late-elderly person must have 8 digits.
        late_elderly_number_of_8_digits: bool,
        /// Whether validity 3 shows the lost qualification.
        show_lost_with_newer: bool,
    }

    /// How answers are written.
    answers: Answers {
        /// Their encoding.
        encoding: AnswerEncoding,
        /// The order of siblings.
        order: Order,
        /// What stands for a missing value.
        empty: Empty,
        /// Class of an ordinary insurance card.
        ordinary_card: OrdinaryCard,
        /// How viewing consents are answered to a typed query.
        viewing_consents_when_typed: TypedConsents,
        /// Whether answers to a reader's visit have a confirmation key.
        confirmation_key: bool,
    }

    /// Bulk jobs.
    bulk: Bulk {
        /// Seconds of the world's time until a job is ready.
        delay_seconds: u32,
        /// Form of a result in the folder.
        form: BulkForm,
        /// Whether results stand in a list element.
        nesting: Nesting,
        /// Days that a result is kept.
        life_days: u16,
        /// Most persons in one job.
        most_persons: usize,
        /// Most unfinished jobs of one institution.
        most_jobs: usize,
        /// How reception numbers are made.
        reception_number: ReceptionForm,
    }

    /// Consents to viewing.
    consents: Consents {
        /// Hours that a consent given at the reader lasts.
        life_hours: u32,
        /// How long a consent to home visits or online care lasts.
        visit_life: VisitLife,
    }

    /// Drugs and check-ups.
    viewing: Viewing {
        /// First month of which there are drugs.
        drugs_earliest_month: Month,
        /// Most months that are kept, and that one request may ask for.
        drugs_most_months: u8,
        /// Whether operations are shown only with consent to them.
        operations_need_consent: bool,
        /// How many years of check-ups are kept.
        checkups_years: u8,
    }

    /// Accounts of the national system.
    accounts: Accounts {
        /// Minutes that a token of the Web API lasts.
        token_minutes: u32,
        /// Minutes that a token for renewal lasts.
        refresh_token_minutes: u32,
        /// What each role may do.
        roles: Roles,
    }

    /// Certificates of terminals.
    certificates: Certificates {
        /// Months that a certificate is valid.
        life_months: u8,
        /// Days before its end from which it may be renewed.
        renewal_days: u16,
        /// Whether the old certificate stays valid until its own end when it is renewed.
        old_stays_after_renewal: bool,
        /// Days from the application in which the certificate has to be downloaded.
        notice_days: u16,
        /// Wrong authentication codes after which a notice is locked.
        notice_tries: u8,
        /// Hours from one revocation list to the next.
        crl_hours: u16,
        /// Whether a client has to send the issuing CA's certificate with its own.
        needs_chain: bool,
    }

    /// The gate of line and certificate.
    gate: Gate {
        /// Whether everybody is refused while the revocation list is stale or unreachable.
        needs_fresh_list: bool,
        /// Whether a line must have passed line authentication.
        needs_line_authentication: bool,
        /// Bits of an IPv4 address by whose change a line has moved.
        prefix_bits_v4: u8,
        /// Bits of an IPv6 address by whose change a line has moved.
        prefix_bits_v6: u8,
    }

    /// Applications at the portal, in days of the world's time.
    portal: Portal {
        /// Days until a customer ID is confirmed.
        confirmation_days: u16,
        /// Days from there until the master account's notice can be downloaded.
        account_notice_days: u16,
        /// Days from there until the notice of a certificate can be downloaded.
        certificate_notice_days: u16,
    }

    /// The terminal's folders.
    files: Files {
        /// What stands in an `.err` file.
        err_content: ErrContent,
        /// Minutes until an answer that nobody takes is deleted.
        stay_minutes: u32,
        /// Seconds between two looks into the request folder.
        poll_seconds: u32,
        /// Seconds after which a request file that no longer changes is taken as it is.
        settling_seconds: u32,
        /// Seconds for which a service that doesn't answer is asked again, until the request becomes `.err`.
        link_timeout_seconds: u32,
        /// Most characters in the free part of a file's name.
        free_part_most: usize,
        /// What other characters than ASCII letters, digits, `_` and `-` in the free part lead to.
        free_part_characters: Tolerance,
    }
}

fn view<T: Serialize>(section: &str, name: &str, row: &Row<T>) -> RowView {
    RowView {
        name: format!("{section}.{}", name.replace('_', "-")),
        value: serde_json::to_string(&row.value).unwrap_or_default(),
        mark: row.mark,
        source: row.source.clone(),
    }
}

impl Dialect {
    /// The built-in dialect.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    #[must_use]
    pub fn built_in() -> Self {
        serde_saphyr::from_str(BUILT_IN).expect("the built-in dialect is valid")
    }

    /// How answers are written.
    #[must_use]
    pub fn style(&self) -> Style {
        Style {
            encoding: Encoding::from(self.answers.encoding.value),
            order: self.answers.order.value,
            empty: self.answers.empty.value,
            nesting: self.bulk.nesting.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MessageId;

    #[test]
    fn every_code_of_the_built_in_dialect_is_marked_as_artificial_and_stands_once() {
        let rows = Dialect::built_in().rows();
        let codes: Vec<_> = rows.iter().filter(|row| row.name.starts_with("codes.")).collect();
        let mut seen = std::collections::BTreeSet::new();
        for row in codes {
            let coded: Coded = serde_json::from_str(&row.value).unwrap();
            let prefix = coded.code.as_str().get(..4);
            assert!(matches!(prefix, Some("OQSX" | "YZKX" | "TKKX")) && row.mark == Mark::D, "{}", row.name);
            assert!(seen.insert(coded.code.clone()), "{} stands twice", coded.code);
        }
    }

    #[test]
    fn general_accounts_see_qualifications_and_medical_viewers_drugs_as_well() {
        let roles = Dialect::built_in().accounts.roles.value;
        let may = |role, id| roles.may_fetch(role, id);
        for (role, qualification, drugs) in [
            (Role::Master, false, false),
            (Role::Administrator, false, false),
            (Role::General, true, false),
            (Role::MedicalViewer, true, true),
            (Role::LinkApplication, true, true),
            (Role::Face, true, false),
        ] {
            assert_eq!(may(role, MessageId::OqsSiQuc01), qualification, "{role:?}");
            assert_eq!(may(role, MessageId::YzkSiQuc01), drugs, "{role:?}");
        }
        assert!(roles.may_enter(Role::WebApi, Door::WebApi) && !roles.may_enter(Role::Face, Door::WebApi));
    }
}
