//! What a visit is: date, places, drugs and treatments.

use jiff::civil::Date;
use messages::value::InstitutionCode;

use super::amount::Amount;

/// Declares codes of the field with their meanings.
macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident { $($variant:ident = $code:literal $meaning:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(#[doc = concat!("`", $code, "`: ", $meaning, ".")] $variant,)*
        }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code on the wire.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What it means, in the words of the field.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }

            /// The value with a code.
            #[must_use]
            pub fn of_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }
    )*};
}
pub(super) use codes;

codes! {
    /// Where a visit belongs (`InOut`, codes.md 2). Dental is by analogy \[I].
    InOut {
        Inpatient = "1" "入院",
        Outpatient = "2" "入院外",
        Dental = "3" "歯科",
        Dispensing = "4" "調剤",
    }
    /// Kind of a drug's use (`MeTrIdCl`, codes.md 2).
    DrugClass {
        Internal = "21" "内服",
        AsNeeded = "22" "屯服",
        External = "23" "外用",
        Subcutaneous = "31" "皮下筋肉内注射",
        Intravenous = "32" "静脈内注射",
        OtherInjection = "33" "注射その他",
    }
    /// Kind of a treatment (`MeTrIdCl`, codes.md 2).
    TreatmentClass {
        Management = "13" "医学管理",
        Home = "14" "在宅",
        Procedure = "40" "処置",
        Surgery = "50" "手術",
        Anaesthesia = "54" "麻酔",
        Examination = "60" "検査・病理",
        Imaging = "70" "画像診断",
        Other = "80" "その他",
    }
}

impl DrugClass {
    /// Whether the drug is injected.
    #[must_use]
    pub fn is_injection(self) -> bool {
        matches!(self, Self::Subcutaneous | Self::Intravenous | Self::OtherInjection)
    }
}

/// One day at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The day: of treatment, or of dispensing.
    pub date: Date,
    /// Where it belongs.
    pub in_out: InOut,
    /// Who treated or dispensed. Whether that is the asking institution, its code tells.
    pub place: Institution,
    /// Who prescribed; at dispensing only.
    pub prescriber: Option<Institution>,
    /// Day of the prescription; at dispensing only.
    pub prescribed_on: Option<Date>,
    /// Drugs that were given.
    pub drugs: Vec<Drug>,
    /// What was done.
    pub treatments: Vec<Treatment>,
    /// Whether prescription and dispensing are also in the e-prescription system.
    pub electronic: bool,
    /// First day on which the receipt of the visit is in.
    pub receipt_from: Date,
}

impl Visit {
    /// Whether the part that comes from receipts shows the visit.
    #[must_use]
    pub fn in_receipts(&self, today: Date) -> bool {
        self.receipt_from <= today
    }
}

/// A place where people are treated or given drugs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Institution {
    /// Its code.
    pub code: InstitutionCode,
    /// Its name; at most 80 bytes.
    pub name: &'static str,
}

/// A drug as it was given. Widths are those of elements.md 7.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drug {
    /// Kind of use.
    pub class: DrugClass,
    /// Code of the usage, where it is known.
    pub usage_code: Option<&'static str>,
    /// Usage; none for external use and injections.
    pub usage: Option<&'static str>,
    /// Special instruction: site and times of external use.
    pub special: Option<&'static str>,
    /// Code of the product, 9 digits.
    pub code: &'static str,
    /// The product.
    pub name: &'static str,
    /// Its substance.
    pub ingredient: Option<&'static str>,
    /// Unit of the amount.
    pub unit: &'static str,
    /// Amount: a day for internal drugs, in all for external ones, each time for the others.
    pub amount: Amount,
    /// Days of internal drugs, doses of those taken as needed, else 1.
    pub times: u16,
}

/// Something that was done. Widths are those of elements.md 7.3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Treatment {
    /// Kind.
    pub class: TreatmentClass,
    /// Code, 9 digits; artificial ones begin with 199990 (`data/treatments.tsv`).
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Unit of the quantity.
    pub unit: Option<&'static str>,
    /// Quantity, where there is one.
    pub quantity: Option<Amount>,
    /// How many times on the day.
    pub times: u16,
    /// Additions of dental treatments.
    pub additions: Vec<DentalAddition>,
}

/// An addition of a dental treatment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DentalAddition {
    /// Code, 5 characters.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Quantity.
    pub quantity: Option<Amount>,
    /// Unit of the quantity.
    pub unit: Option<&'static str>,
}
