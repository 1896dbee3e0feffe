//! YZKsiquc01: drugs, treatment and operations (薬剤情報・診療情報・手術情報), request and result.
//!
//! The result has three parts: what receipts tell, what was dispensed and what was prescribed electronically. They
//! have one shape under different names, so each group is declared once with the names of all three (elements.md 7.4).
//!
//! Source: elements.md 7.

use crate::message::{Part, XmlMsg, message};
use crate::value::*;
use crate::viewing::ViewingHeader;

/// Request: YZK-IF-001.
pub type Request = XmlMsg<ViewingHeader, RequestBody>;
/// Result as XML: YZK-IF-002.
pub type Outcome = XmlMsg<OutcomeHeader, OutcomeBody>;

/// The part of receipts (レセプト由来).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Receipts;

/// The part of dispensing (調剤情報).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dispensing;

/// The part of prescriptions (処方情報).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Prescriptions;

impl Part for Receipts {
    const INDEX: usize = 0;
}

impl Part for Dispensing {
    const INDEX: usize = 1;
}

impl Part for Prescriptions {
    const INDEX: usize = 2;
}

message! {
    /// Body of the request (elements.md 7.1).
    pub struct RequestBody {
        /// Not before 202109.
        StartDate "開始年月" => from: Month, required, [C];
        /// At most 36 months in all.
        EndDate "終了年月" => to: LastMonth, required, [C];
        /// Only data added since.
        LastDate "前回取得日" => since: Day, optional, [C];
        FileCategory "要求ファイル種別" => file: DrugFile, required, [C];
        /// 1 asks for the parts of dispensing and prescriptions as well.
        PrDiInfClassification "処方・調剤情報閲覧区分" => prescriptions: PrescriptionView, optional, [C];
        MedicalTreatmentFlag "診療区分" => treatment: TreatmentFlag, optional, [C];
    }
}

message! {
    /// Header of the result (elements.md 7.2).
    pub struct OutcomeHeader {
        ProcessExecutionTime "処理実行日時" => executed: Moment, required, [C];
        RequestInfo "要求情報" => request: {RequestInfo}, optional, [C];
        /// Missing when the person wasn't found or hasn't consented.
        QuaInf "資格情報" => person: {Person}, optional, [C];
        ResultCode "処理結果区分" => result: ViewingResult, required, [C];
        /// With every result but 1.
        MessageId "メッセージID" => message_id: ResultCode, optional, [C];
        /// To be shown unchanged.
        MessageContents "メッセージ内容" => message: ResultMessage, optional, [C];
        CharacterCodeIdentifier "文字コード識別" => character_code: CharacterCode, required, [C];
    }
}

message! {
    /// Echo of the request (elements.md 7.2).
    pub struct RequestInfo {
        ReqMedicalInstitutionCode "要求医療機関(薬局)コード" => institution: InstitutionCode, optional, [C];
        ReqInsurerNumber "要求保険者番号" => insurer: InsurerNumber, optional, [C];
        ReqInsuranceCardSymbol "要求被保険者証記号" => symbol: CardSymbol, optional, [C];
        ReqInsuredPersonIdentificationNumber "要求被保険者証番号" => number: CardNumber, optional, [C];
        ReqBranchNumber "要求被保険者証枝番" => branch: BranchNumber, optional, [C];
        ReqArbitraryFileIdentifier "要求任意のファイル識別子" => file_identifier: FileIdentifier, optional, [C];
        ReqStartDate "要求開始年月" => from: Month, optional, [C];
        ReqEndDate "要求終了年月" => to: LastMonth, optional, [C];
        /// Eight digits as in the request; one client keeps six (gaps.md 2).
        ReqLastDate "要求前回取得日" => since: Day, optional, [C];
        ReqFileCategory "要求ファイル種別" => file: DrugFile, optional, [C];
    }
}

message! {
    /// The person (elements.md 7.2).
    pub struct Person {
        InsNum "保険者番号" => insurer: InsurerNumber, optional, [C];
        InsCdSym "被保険者証記号" => symbol: CardSymbol, optional, [C];
        InsCdNum "被保険者証番号" => number: CardNumber, optional, [C];
        /// The misspelling is real.
        BrancNum "被保険者証枝番" => branch: BranchNumber, optional, [C];
        KanaName "カナ氏名" => kana: PersonKana, optional, [C];
        KanaName2 "カナ氏名（その他）" => other_kana: PersonKana, optional, [C];
        Name "氏名" => name: PersonName, optional, [C];
        Name2 "氏名（その他）" => other_name: PersonName, optional, [C];
        Birth "生年月日" => born: Day, optional, [C];
        Age "年齢" => age: Age, optional, [C];
        AdmGendCode "男女区分1" => sex: AnswerSex, optional, [C];
        AdmGendCode2 "男女区分2" => sex2: AnswerSex, optional, [C];
        RefNum "照会番号" => reference_number: ReferenceNumber, optional, [C];
    }
}

message! {
    /// Body of the result (elements.md 7.3, 7.4). Empty when the result isn't 1.
    pub struct OutcomeBody {
        MeTrMonthInf "診療年月別情報" => receipts: [MonthInfo<Receipts>], optional, [C];
        CzDiInf / CzDiMonthInf "調剤情報" => dispensed: [MonthInfo<Dispensing>], optional, [C];
        ShPrInf / ShPrMonthInf "処方情報" => prescribed: [MonthInfo<Prescriptions>], optional, [C];
    }
}

message! {
    /// One month at one pair of places (elements.md 7.3). A place dispenses (or treats), another may have prescribed.
    pub struct MonthInfo<P> {
        [MeTrMonth CzDiMonth ShPrMonth] "診療年月" => month: Month, optional, [C];
        [InOut CzPrCl ShPrCl] "入外等の別" => in_out: InOut, optional, [C];
        /// Running number of the place within the month.
        [GrpNum1 - -] "調剤機関毎連番" => place_number: PlaceNumber, optional, [C];
        [DiOrg CzDiOrg ShPrOrg] "調剤機関区分" => own_place: Organization, optional, [C];
        /// Shares the number space of the places.
        [GrpNum2 - -] "処方機関毎連番" => prescriber_number: PlaceNumber, optional, [C];
        [PrIsOrg CzPrIsOrg ShPrIsOrg] "処方箋発行機関区分" => own_prescriber: Organization, optional, [C];
        [MeTrDiHCd CzMeTrDiHCd ShMeTrDiHCd] "医療機関・薬局コード" => place: InstitutionCode, optional, [C];
        [MeTrDiHNm CzMeTrDiHNm ShMeTrDiHNm] "医療機関・薬局名" => place_name: PlaceName, optional, [C];
        /// Spelt with a small l where an i is meant.
        [PrlsHCd CzPrlsHCd ShPrHCd] "処方箋発行医療機関コード" => prescriber: InstitutionCode, optional, [C];
        [PrlsHNm CzPrlsHNm ShPrHNm] "処方箋発行医療機関名" => prescriber_name: PlaceName, optional, [C];
        [DiDateInfs CzDiDateInfs ShPrDateInfs] / [DiDateInf CzDiDateInf ShPrDateInf] "調剤日(診療日)別情報"
            => dates: [DateInfo<P>], optional, [C];
    }
}

message! {
    /// One day (elements.md 7.3).
    pub struct DateInfo<P> {
        /// The day of dispensing or treatment.
        [DiDate CzDiDate -] "調剤日・診療日" => day: Day, optional, [C];
        [PrDate CzPrDate ShPrDate] "処方箋発行日" => prescribed: Day, optional, [C];
        [DrugInfs CzDrugInfs ShDrugInfs] / [DrugInf CzDrugInf ShDrugInf] "薬剤情報"
            => drugs: [Drug<P>], optional, [C];
        /// Operations (class 50) only with consent to them (\[D], gaps.md 1.10).
        [MeTrInfs - -] / [MeTrInf - -] "診療情報" => treatments: [Treatment], optional, [C];
    }
}

message! {
    /// One drug (elements.md 7.3).
    pub struct Drug<P> {
        [MeTrIdCl CzUsageCl ShUsageCl] "診療識別等区分" => class: CareClass, optional, [C];
        /// 900 for external drugs.
        [UsageC - -] "用法コード" => usage_code: UsageCode, optional, [C];
        /// Missing for external drugs.
        [UsageN CzUsageN ShUsageN] "用法名称" => usage: UsageName, optional, [C];
        [SpInst CzSpInst ShSpInst] "特別指示" => instruction: Instruction, optional, [C];
        [DrugC CzDrugC ShDrugC] "医薬品コード" => code: DrugCode, optional, [C];
        [DrugN CzDrugN ShDrugN] "薬剤名" => name: LineName, optional, [C];
        [IngreN CzIngreN ShIngreN] "成分名" => ingredient: IngredientName, optional, [C];
        [Unit CzUnit ShUnit] "単位" => unit: Unit, optional, [C];
        /// A day's amount of an internal drug, the whole amount of an external one.
        [Qua1 CzQua1 ShQua1] "使用量" => quantity: Quantity, optional, [C];
        /// 0 was seen in practice.
        [OnDose - -] "1回用量" => dose: Quantity, optional, [C];
        /// Days of an internal drug, 1 for an external one.
        [Times CzTimes ShTimes] "回数" => times: Times, optional, [C];
    }
}

message! {
    /// One treatment, examination or operation (elements.md 7.3); receipts only.
    pub struct Treatment {
        MeTrIdCl "診療識別等区分" => class: CareClass, optional, [C];
        SinInfCd "診療行為コード" => code: TreatmentCode, optional, [C];
        SinInfN "診療行為名" => name: LineName, optional, [C];
        Unit "単位" => unit: Unit, optional, [C];
        Qua1 "使用量" => quantity: Quantity, optional, [C];
        Qua2 "数量2" => second_quantity: SecondQuantity, optional, [C];
        Times "回数" => times: Times, optional, [C];
        DenMeTrAddInf "歯科診療行為加算情報" => additions: [DentalAddition], optional, [C];
    }
}

message! {
    /// An addition to dental treatment (elements.md 7.3).
    pub struct DentalAddition {
        DenMeTrAddCd "加算コード" => code: AdditionCode, optional, [C];
        DenMeTrAddNm "加算名" => name: LineName, optional, [C];
        DenMeTrAddQua "加算数量" => quantity: SecondQuantity, optional, [C];
        DenMeTrAddUnit "加算単位" => unit: Unit, optional, [C];
    }
}
