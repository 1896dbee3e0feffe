//! Code tables (コード表), named OQSCD001 to OQSCD044 in the field.
//!
//! Source: codes.md 1, \[C] throughout.

use std::borrow::Cow;

use super::{Kind, Value, text_conversions};
use crate::finding::Label;
use crate::message::Fault;
use crate::refusal::Bilingual;

/// Declares a code table: its number, and each value with its code and meaning.
macro_rules! code_table {
    ($(
        $(#[$meta:meta])*
        $name:ident $table:literal { $($(#[$vmeta:meta])* $variant:ident = $code:literal $meaning:literal,)* }
    )*) => {$(
        $(#[$meta])*
        #[doc = ""]
        #[doc = concat!("Source: codes.md 1, ", $table, ", \\[C].")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(
                #[doc = concat!("`", $code, "`: ", $meaning, ".")]
                $(#[$vmeta])*
                $variant,
            )*
        }

        impl $name {
            /// Every value of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code on the wire.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What the code means, in the words of the field.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }

        impl Value for $name {
            const KIND: Kind = Kind {
                name: stringify!($name),
                ja: concat!("コード表 ", $table, " の値"),
                en: concat!("a value of code table ", $table),
                codes: &[$(($code, $meaning)),*],
            };

            fn read(text: &str) -> Result<Self, Fault> {
                match text {
                    $($code => Ok(Self::$variant),)*
                    _ => Err(Fault { label: Label::Code, expected: Bilingual::fixed(
                        concat!($table, ":", $(" ", $code),*),
                        concat!("one of ", $table, ":", $(" ", $code),*),
                    ) }),
                }
            }

            fn text(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.code())
            }

            #[cfg(any(test, feature = "samples"))]
            fn sample(dice: &mut crate::samples::Dice<'_>) -> Self {
                dice.one_of(Self::ALL).expect("a code table has values")
            }
        }

        text_conversions!($name);
    )*};
}

code_table! {
    /// Consent to the limit certificate (限度額適用認定証提供同意フラグ).
    LimitConsent "OQSCD001" {
        No = "0" "未同意",
        Yes = "1" "同意",
    }
    /// How the person was identified (照会区分).
    ReferenceClassification "OQSCD002" {
        Card = "1" "マイナンバーカード",
        InsuranceData = "2" "被保険者証情報",
    }
    /// How the processing of the whole message went (処理結果区分).
    Segment "OQSCD003" {
        Normal = "1" "正常終了",
        Processing = "2" "処理中",
        Abnormal = "9" "異常終了",
    }
    /// How the processing of one person went (処理結果状況).
    Status "OQSCD004" {
        Normal = "1" "正常終了",
        Error = "2" "エラー（異常終了）",
    }
    /// Encoding of an answer (文字コード識別).
    CharacterCode "OQSCD005" {
        Utf8 = "0" "UTF-8",
        ShiftJis = "1" "Shift_JIS",
    }
    /// Validity of the qualification asked for (資格有効性).
    Validity "OQSCD006" {
        Valid = "1" "有効",
        Invalid = "2" "無効",
        InvalidWithNewer = "3" "無効（新しい資格あり）",
        NotFound = "4" "該当資格なし",
        Several = "5" "複数該当",
        ValidWithoutTicket = "6" "有効（未登録）",
    }
    /// Sex (性別).
    Sex "OQSCD007" {
        Male = "1" "男",
        Female = "2" "女",
        NotSet = "3" "未設定",
    }
    /// Why a qualification was lost (資格喪失事由).
    ReasonOfLoss "OQSCD008" {
        Death = "01" "死亡",
        MedicalAid = "02" "生活保護受給開始",
        OtherInsurance = "03" "医療保険等の資格取得",
        Other = "99" "その他",
    }
    /// The insured person or a member of the family (本人・家族の別).
    PersonalFamily "OQSCD009" {
        Insured = "1" "本人",
        Family = "2" "家族",
    }
    /// Kind of insurance card (被保険者証区分).
    CardClassification "OQSCD010" {
        General = "01" "被保険者証（一般）",
        Retired = "02" "被保険者証（退職）",
        ShortTerm = "03" "短期被保険者証（一般）",
        ShortTermRetired = "04" "短期被保険者証（退職）",
        SpecialMedicalCosts = "05" "特別療養費支給対象者",
        SpecialRetired = "06" "特例退職被保険者証",
        SelfDefence = "07" "自衛官",
        MedicalAid = "A1" "医療扶助",
    }
    /// Kind of limit certificate (限度額適用認定証区分).
    LimitClassification "OQSCD011" {
        Limit = "01" "限度額適用（区分）認定証",
        LimitAndMeals = "02" "限度額適用・標準負担額減額認定証",
        Meals = "03" "標準負担額減額認定証",
    }
    /// Income class of a limit certificate (適用区分).
    LimitClass "OQSCD012" {
        A01 = "A01" "ア",
        A02 = "A02" "イ",
        A03 = "A03" "ウ",
        A04 = "A04" "エ",
        A05 = "A05" "オ",
        A06 = "A06" "オ（境）",
        B01 = "B01" "現役並みⅢ",
        B02 = "B02" "現役並みⅡ",
        B03 = "B03" "現役並みⅠ",
        B04 = "B04" "一般",
        B05 = "B05" "低所得Ⅱ",
        B06 = "B06" "低所得Ⅰ",
        B07 = "B07" "低所得Ⅰ（老福）",
        B08 = "B08" "低所得Ⅰ（境）",
        B09 = "B09" "一般Ⅱ",
        B10 = "B10" "一般Ⅰ",
    }
    /// Disease of a specific-disease certificate (認定疾病区分).
    SpecificDisease "OQSCD013" {
        Dialysis = "1" "人工透析が必要な慢性腎不全",
        Coagulation = "2" "先天性血液凝固因子障害（第VIII・第IX因子）",
        Hiv = "3" "血液凝固因子製剤の投与に起因するHIV感染症",
    }
    /// Whether the limit certificate differs from the one that the asker knows (限度額適用認定証情報変更有無).
    LimitChanged "OQSCD014" {
        Same = "0" "変更なし",
        Changed = "1" "変更あり又は判定不能",
    }
    /// Pre-school child (未就学区分).
    Preschool "OQSCD015" {
        Yes = "1" "未就学該当",
    }
    /// Consent (同意区分).
    Consent "OQSCD016" {
        No = "0" "同意なし",
        Yes = "1" "同意あり",
        Expired = "2" "同意有効期限切れ",
        Impossible = "3" "同意取得困難",
    }
    /// Form of the prescription (処方箋発行形態).
    PrescriptionIssue "OQSCD017" {
        Electronic = "1" "電子処方箋",
        Paper = "2" "紙の処方箋",
    }
    /// Ticket for treatment or for dispensing (医療券・調剤券別).
    TicketType "OQSCD018" {
        Treatment = "01" "医療券",
        Dispensing = "02" "調剤券",
    }
    /// Kind of care of a ticket (診療別).
    TreatmentType "OQSCD019" {
        Inpatient = "01" "入院",
        Outpatient = "02" "入院外",
        Dental = "03" "歯科",
        Dispensing = "04" "調剤",
        Nursing = "05" "訪問看護",
    }
    /// Medical aid alone or beside insurance (単独・併用別).
    SingleOrCombined "OQSCD020" {
        Single = "01" "単独",
        Combined = "02" "併用",
    }
    /// Yes or no, as OQSCD021, 023, 024 and 025 write it (あり・なし).
    YesNo "OQSCD021/023/024/025" {
        Yes = "01" "あり",
        No = "02" "なし",
    }
    /// Social insurance that doesn't fit the ticket (社会保険状況の整合性フラグ).
    Inconsistency "OQSCD022" {
        Inconsistent = "1" "不整合あり",
    }
    /// Whether the ticket names the asking institution (指定医療機関確認フラグ).
    DesignatedInstitution "OQSCD026" {
        Same = "0" "一致",
        Different = "1" "不一致",
    }
    /// Kind of visit (診療区分).
    TreatmentFlag "OQSCD028" {
        Outpatient = "1" "外来",
        HomeVisit = "2" "訪問診療等",
        Online = "3" "オンライン診療等",
        Emergency = "4" "救急時",
    }
    /// Kind of medical information (医療情報種別).
    MedicalInformation "OQSCD029" {
        Checkup = "TKK" "特定健診情報",
        Drugs = "YZK" "薬剤情報等",
    }
    /// Whether prescriptions and dispensing are shown as well (処方・調剤情報閲覧区分).
    PrescriptionView "OQSCD030" {
        No = "0" "表示しない",
        Yes = "1" "表示する",
    }
    /// Why a consent ended (同意有効期限切れ理由).
    ConsentExpiry "OQSCD031" {
        Expired = "0" "有効期限切れ",
        ByInstitution = "1" "医療機関による同意取り消し",
        ByPatient = "2" "患者による同意取り消し",
        ByChangeOfUse = "3" "用途変更による同意取り消し",
    }
    /// Whether qualification data differ from those known before (資格情報変更確認フラグ).
    QualificationChange "OQSCD032" {
        Same = "0" "一致",
        Different = "1" "不一致",
    }
    /// What is asked for of drugs and treatment, and as what kind of file (要求ファイル種別; codes.md 2).
    DrugFile "YZK FileCategory" {
        DrugsPdf = "1" "PDF（薬剤情報）",
        DrugsXml = "2" "XML（薬剤情報）",
        TreatmentPdf = "3" "PDF（薬剤情報・診療情報）",
        TreatmentXml = "4" "XML（薬剤情報・診療情報）",
    }
    /// As what kind of file check-ups are asked for (要求ファイル種別; codes.md 2).
    CheckupFile "TKK FileCategory" {
        Pdf = "1" "PDF",
        Xml = "2" "XML",
    }
    /// How a viewing request went (処理結果区分; codes.md 2). All but 1 is an error for every client; 2 and 9 are \[D].
    ViewingResult "YZK/TKK ResultCode" {
        Normal = "1" "正常終了",
        Error = "2" "エラー",
        Abnormal = "9" "異常終了",
    }
    /// In-patient, out-patient or dispensing (入外等の別; codes.md 2). 3 is \[I].
    InOut "YZK InOut" {
        Inpatient = "1" "入院",
        Outpatient = "2" "入院外",
        Dental = "3" "歯科",
        Dispensing = "4" "調剤",
    }
    /// Whether an institution is the asking one (調剤機関区分, 処方箋発行機関区分; codes.md 2).
    Organization "YZK DiOrg/PrIsOrg" {
        Own = "1" "自機関",
        Other = "2" "他機関",
    }
    /// Kind of care of a receipt's line (診療識別等区分; codes.md 2).
    CareClass "YZK MeTrIdCl" {
        FirstVisit = "11" "初診",
        Revisit = "12" "再診",
        Management = "13" "医学管理",
        Home = "14" "在宅",
        Internal = "21" "投薬・内服",
        AsNeeded = "22" "投薬・屯服",
        External = "23" "投薬・外用",
        Dispensing = "24" "調剤",
        Prescribing = "25" "処方",
        Narcotic = "26" "麻毒",
        BasicDispensing = "27" "調基",
        OtherDrug = "28" "投薬その他",
        Intramuscular = "31" "皮下筋肉内注射",
        Intravenous = "32" "静脈内注射",
        OtherInjection = "33" "注射その他",
        Reduction = "39" "薬剤料減点",
        Procedure = "40" "処置",
        Operation = "50" "手術",
        Anaesthesia = "54" "麻酔",
        Examination = "60" "検査・病理",
        Imaging = "70" "画像診断",
        Other = "80" "その他",
    }
    /// Sex in answers about drugs and check-ups (男女区分; codes.md 2).
    AnswerSex "YZK/TKK gender" {
        Male = "1" "男",
        Female = "2" "女",
    }
    /// Kind of a check-up's value (データ型; codes.md 2).
    DataType "TKK DataType" {
        Quantity = "PQ" "数値",
        Coded = "CD" "コード（順序なし）",
        Ordered = "CO" "コード（順序あり）",
        Text = "ST" "文字列",
    }
    /// Whether something is fetched (取得フラグ of home-visit and online queries, elements.md 6.2).
    DisplayFlag "elements.md 6.2" {
        No = "0" "取得しない",
        Yes = "1" "取得する",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_outside_the_table_names_the_table_and_its_values() {
        let error = "2".parse::<LimitConsent>().unwrap_err();
        assert_eq!((error.label, error.expected.en.as_ref()), (Label::Code, "one of OQSCD001: 0 1"));
    }

    #[test]
    fn every_code_reads_back_as_its_own_value() {
        for class in LimitClass::ALL {
            assert_eq!(class.code().parse(), Ok(*class));
        }
        assert_eq!(Validity::ALL.iter().map(|v| v.code()).collect::<String>(), "123456");
    }
}
