//! A pack as it is written: the types that the YAML is read into.
//!
//! Codes stand as the field writes them (`"1"`, `"A03"`); the value types know their tables and check digits.

use messages::value::*;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::date_rule::DateRule;
use crate::schema::{CheckupKey, CodeRow, HistoryKey, Wire};
use crate::script::raw as script;

/// A pack, or a scenario of one's own: everything in it may be absent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pack {
    /// Its name; that of the file if absent.
    pub pack: Option<String>,
    /// What it is for.
    pub about: Option<Title>,
    /// Its patients, each of them a test card.
    #[serde(default)]
    pub patients: Vec<Patient>,
    /// Institutions that take part.
    #[serde(default)]
    pub institutions: Vec<script::Institution>,
    /// What to do instead of plain answers.
    #[serde(default)]
    pub scripts: Vec<script::Script>,
    /// Faults at random.
    #[serde(default)]
    pub faults: Vec<script::Fault>,
    /// Bad habits of the terminals with their files.
    #[serde(default)]
    pub terminal: Vec<script::TerminalHabit>,
}

/// A text in both languages.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

/// A patient: a test card, who holds it, what to ask and what comes of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Patient {
    /// Key of the card: lower-case letters, digits and hyphens.
    #[schemars(with = "String")]
    pub card: Spanned<String>,
    /// What the card shows.
    pub title: Title,
    /// Whether nobody has these numbers: the card only says what to ask.
    #[serde(default)]
    pub nobody: bool,
    /// Name, family and given name separated by a full-width space.
    #[schemars(with = "Wire<PersonName>")]
    pub name: PersonName,
    /// Reading of the name in half-width katakana.
    #[schemars(with = "Wire<PersonKana>")]
    pub kana: PersonKana,
    /// Another name (通称).
    #[schemars(with = "Option<Wire<PersonName>>")]
    pub other_name: Option<PersonName>,
    /// Reading of the other name.
    #[schemars(with = "Option<Wire<PersonKana>>")]
    pub other_kana: Option<PersonKana>,
    /// Sex as printed on the card.
    #[schemars(with = "Wire<Sex>")]
    pub sex: Sex,
    /// The sex that the card leaves out.
    #[schemars(with = "Option<Wire<Sex>>")]
    pub sex2: Option<Sex>,
    /// Date of birth.
    pub born: DateRule,
    /// Postal code.
    #[schemars(with = "Option<Wire<PostNumber>>")]
    pub post: Option<PostNumber>,
    /// Address.
    #[schemars(with = "Option<Wire<Address>>")]
    pub address: Option<Address>,
    /// The My Number card, where it matters.
    pub my_number_card: Option<MyNumberCard>,
    /// Medical insurance, in any order.
    #[serde(default)]
    pub insurance: Vec<Insurance>,
    /// Medical aid.
    pub aid: Option<MedicalAid>,
    /// Kinds of medical history (薬剤・診療・手術情報): what doctors and pharmacies have done. Absent: nothing.
    ///
    /// Keys of the profiles in `data/histories.yaml`, each at most once:
    ///
    /// ```yaml
    /// history: [hypertension, dental]
    /// ```
    #[serde(default)]
    #[schemars(with = "Vec<HistoryKey>")]
    pub history: Vec<Spanned<String>>,
    /// Kind of results of the yearly check-ups (特定健診情報). Absent: none.
    ///
    /// Key of a profile in `data/checkups.yaml`. Only years at whose end the patient is 40 to 74 have a check-up; drugs
    /// taken follow from `history`:
    ///
    /// ```yaml
    /// checkups: metabolic
    /// ```
    #[schemars(with = "Option<CheckupKey>")]
    pub checkups: Option<Spanned<String>>,
    /// What to change in the request that asks for this card.
    #[schemars(with = "Option<Ask>")]
    pub ask: Option<Spanned<Ask>>,
    /// What the answer shows.
    #[schemars(with = "Expectation")]
    pub expect: Spanned<Expectation>,
    /// What to do instead of a plain answer.
    #[schemars(with = "Option<script::Then>")]
    pub then: Option<Spanned<script::Then>>,
}

/// The My Number card of a patient.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MyNumberCard {
    /// Last day of its certificate for user authentication.
    pub expires: DateRule,
}

/// A qualification of medical insurance.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Insurance {
    /// Insurer number, without padding.
    #[schemars(with = "Wire<InsurerNumber>")]
    pub insurer: InsurerNumber,
    /// Name of the insurer.
    #[schemars(with = "Wire<OrganizationName>")]
    pub insurer_name: OrganizationName,
    /// Kind of card; the dialect's default for ordinary insurance if absent.
    #[schemars(with = "Option<Wire<CardClassification>>")]
    pub class: Option<CardClassification>,
    /// Symbol; absent for late-elderly people.
    #[schemars(with = "Option<Wire<CardSymbol>>")]
    pub symbol: Option<CardSymbol>,
    /// Number.
    #[schemars(with = "Wire<CardNumber>")]
    pub number: CardNumber,
    /// Branch number; absent for late-elderly people.
    #[schemars(with = "Option<Wire<BranchNumber>>")]
    pub branch: Option<BranchNumber>,
    /// Insured person or family; absent for late-elderly people.
    #[schemars(with = "Option<Wire<PersonalFamily>>")]
    pub relation: Option<PersonalFamily>,
    /// Name of the insured person, or head of the household; the patient's own if absent.
    #[schemars(with = "Option<Wire<PersonName>>")]
    pub insured_name: Option<PersonName>,
    /// First day of the qualification.
    pub from: DateRule,
    /// First day without the qualification.
    pub lost: Option<DateRule>,
    /// Why it was lost.
    #[schemars(with = "Option<Wire<ReasonOfLoss>>")]
    pub reason_of_loss: Option<ReasonOfLoss>,
    /// Day on which the card was issued; `from` if absent.
    pub issued: Option<DateRule>,
    /// First day of the card; `from` if absent.
    pub card_from: Option<DateRule>,
    /// Last day of the card.
    pub card_to: Option<DateRule>,
    /// Share of the cost, late-elderly people only.
    #[schemars(with = "Option<Wire<ContributionRatio>>")]
    pub ratio: Option<ContributionRatio>,
    /// Whether the patient is a pre-school child.
    #[serde(default)]
    pub preschool: bool,
    /// Certificate of an elderly recipient.
    pub elderly: Option<Elderly>,
    /// Limit certificate.
    pub limit: Option<Limit>,
    /// Certificates of specific diseases.
    #[serde(default)]
    pub diseases: Vec<Disease>,
}

/// Certificate of an elderly recipient (70 to 74 years).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Elderly {
    /// Share of the cost.
    #[schemars(with = "Wire<ContributionRatio>")]
    pub ratio: ContributionRatio,
    /// First day; also the day of issue.
    pub from: DateRule,
    /// Last day.
    pub to: DateRule,
}

/// Limit certificate.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limit {
    /// Kind of certificate.
    #[schemars(with = "Wire<LimitClassification>")]
    pub kind: LimitClassification,
    /// Income class.
    #[schemars(with = "Wire<LimitClass>")]
    pub class: LimitClass,
    /// First day; also the day of issue.
    pub from: DateRule,
    /// Last day.
    pub to: DateRule,
    /// First day of the long-term reduction.
    pub long_term: Option<DateRule>,
}

/// Certificate of a specific disease.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Disease {
    /// Which disease.
    #[schemars(with = "Wire<SpecificDisease>")]
    pub disease: SpecificDisease,
    /// First day; also the day of issue.
    pub from: DateRule,
    /// Last day.
    pub to: Option<DateRule>,
    /// Most that the patient pays in a month.
    #[schemars(with = "Wire<Yen>")]
    pub self_pay: Yen,
}

/// Medical aid (医療扶助).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MedicalAid {
    /// Number of the public payer.
    #[schemars(with = "Wire<InsurerNumber>")]
    pub payer: InsurerNumber,
    /// Number of the person on aid.
    #[schemars(with = "Wire<CardNumber>")]
    pub number: CardNumber,
    /// Welfare office.
    #[schemars(with = "Wire<OrganizationName>")]
    pub office: OrganizationName,
    /// First day of the aid.
    pub from: DateRule,
    /// First day without aid.
    pub lost: Option<DateRule>,
    /// Tickets.
    #[serde(default)]
    pub tickets: Vec<Ticket>,
}

/// A ticket of medical aid.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ticket {
    /// For treatment or for dispensing.
    #[schemars(with = "Wire<TicketType>")]
    pub kind: TicketType,
    /// A day of the month for which it was issued.
    pub month: DateRule,
    /// Number of the ticket.
    #[schemars(with = "Wire<IssueNumber>")]
    pub issue: IssueNumber,
    /// The institution it is for; the asking one if absent.
    #[schemars(with = "Option<Wire<InstitutionCode>>")]
    pub institution: Option<InstitutionCode>,
    /// Name of that institution.
    #[schemars(with = "Option<Wire<OrganizationName>>")]
    pub institution_name: Option<OrganizationName>,
    /// The institution that issued the prescription.
    #[schemars(with = "Option<Wire<InstitutionCode>>")]
    pub issuer: Option<InstitutionCode>,
    /// Its name.
    #[schemars(with = "Option<Wire<OrganizationName>>")]
    pub issuer_name: Option<OrganizationName>,
    /// Names of injuries and diseases, at most three.
    #[serde(default)]
    #[schemars(with = "Vec<Wire<FreeText>>")]
    pub injuries: Vec<FreeText>,
    /// Kind of care.
    #[schemars(with = "Wire<TreatmentType>")]
    pub treatment: TreatmentType,
    /// What the patient pays.
    #[schemars(with = "Wire<Yen>")]
    pub self_pay: Yen,
    /// Alone or beside insurance.
    #[serde(rename = "use")]
    #[schemars(with = "Wire<SingleOrCombined>")]
    pub use_: SingleOrCombined,
    /// Whether there is social insurance.
    #[schemars(with = "Wire<YesNo>")]
    pub social_insurance: YesNo,
    /// Remarks, at most three.
    #[serde(default)]
    #[schemars(with = "Vec<Wire<FreeText>>")]
    pub remarks: Vec<FreeText>,
}

/// What differs in the request that asks for a card. Values may be wrong on purpose, so they are any text.
///
/// ```yaml
/// ask: {symbol: １２３}           # another symbol
/// ask: {insurer: "06139991"}      # a wrong check digit
/// ask: {branch: none}             # no branch number at all
/// ask: {date: start of month - 1d, limit-consent: "1"}
/// ```
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Ask {
    /// Insurer number instead of the card's.
    #[schemars(with = "Option<String>")]
    pub insurer: Option<Instead>,
    /// Symbol instead of the card's.
    #[schemars(with = "Option<String>")]
    pub symbol: Option<Instead>,
    /// Number instead of the card's.
    #[schemars(with = "Option<String>")]
    pub number: Option<Instead>,
    /// Branch number instead of the card's.
    #[schemars(with = "Option<String>")]
    pub branch: Option<Instead>,
    /// Date of birth instead of the card's, as the wire writes it.
    #[schemars(with = "Option<String>")]
    pub born: Option<Instead>,
    /// Day of confirmation instead of today.
    pub date: Option<DateRule>,
    /// Consent to the limit certificate; `0` if absent.
    #[schemars(with = "Option<Wire<LimitConsent>>")]
    pub limit_consent: Option<LimitConsent>,
    /// Which of the card's insurances is asked for, from 0; the first if absent.
    pub insurance: Option<usize>,
    /// Whether the medical aid is asked for, where there is insurance as well.
    #[serde(default)]
    pub aid: bool,
}

/// What a request says instead of the card's own value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Instead {
    /// Nothing: the element is left out. Written `none`.
    Nothing,
    /// This text, right or wrong.
    Text(String),
}

impl From<String> for Instead {
    fn from(text: String) -> Self {
        if text.is_empty() || text == "none" { Self::Nothing } else { Self::Text(text) }
    }
}

/// What the answer to a card shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expectation {
    /// An answer with this validity.
    Validity(#[schemars(with = "Wire<Validity>")] Validity),
    /// An error of the person, with the code that the dialect has in this row: `insurer-number`, `birth-date`, …
    Error(#[schemars(with = "CodeRow")] String),
    /// A failure of the whole message.
    Segment(#[schemars(with = "Wire<Segment>")] Segment),
}
