//! TKKsiquc01: specific health check-ups (特定健診情報), request and result.
//!
//! Source: elements.md 8.

use crate::message::{XmlMsg, message};
use crate::value::*;
use crate::viewing::ViewingHeader;

/// Request: TKK-IF-001.
pub type Request = XmlMsg<ViewingHeader, RequestBody>;
/// Result as XML: TKK-IF-002.
pub type Outcome = XmlMsg<OutcomeHeader, OutcomeBody>;

message! {
    /// Body of the request (elements.md 8).
    pub struct RequestBody {
        FileCategory "要求ファイル種別" => file: CheckupFile, required, [C];
        PrDiInfClassification "処方・調剤情報閲覧区分" => prescriptions: PrescriptionView, optional, [C];
        MedicalTreatmentFlag "診療区分" => treatment: TreatmentFlag, optional, [C];
    }
}

message! {
    /// Header of the result (elements.md 8).
    pub struct OutcomeHeader {
        ProcessExecutionTime "処理実行日時" => executed: Moment, required, [C];
        RequestInfo "要求情報" => request: {RequestInfo}, optional, [C];
        /// Missing when the person wasn't found or hasn't consented.
        QualificationsInfo "資格情報" => person: {Person}, optional, [C];
        ResultCode "処理結果区分" => result: ViewingResult, required, [C];
        /// With every result but 1.
        MessageId "メッセージID" => message_id: ResultCode, optional, [C];
        /// To be shown unchanged.
        MessageContents "メッセージ内容" => message: ResultMessage, optional, [C];
        CharacterCodeIdentifier "文字コード識別" => character_code: CharacterCode, required, [C];
    }
}

message! {
    /// Echo of the request (elements.md 8).
    pub struct RequestInfo {
        ReqMedicalInstitutionCode "要求医療機関(薬局)コード" => institution: InstitutionCode, optional, [C];
        ReqInsurerNumber "要求保険者番号" => insurer: InsurerNumber, optional, [C];
        ReqInsuranceCardSymbol "要求被保険者証記号" => symbol: CardSymbol, optional, [C];
        ReqInsuredPersonIdentificationNumber "要求被保険者証番号" => number: CardNumber, optional, [C];
        ReqBranchNumber "要求被保険者証枝番" => branch: BranchNumber, optional, [C];
        ReqArbitraryFileIdentifier "要求任意のファイル識別子" => file_identifier: FileIdentifier, optional, [C];
        ReqFileCategory "要求ファイル種別" => file: CheckupFile, optional, [C];
    }
}

message! {
    /// The person (elements.md 8). The names differ from those of YZKsiquc01.
    pub struct Person {
        InsurerNumber "保険者番号" => insurer: InsurerNumber, optional, [C];
        InsuranceCardSymbol "被保険者証記号" => symbol: CardSymbol, optional, [C];
        InsuredPersonIdentificationNumber "被保険者証番号" => number: CardNumber, optional, [C];
        BranchNumber "被保険者証枝番" => branch: BranchNumber, optional, [C];
        KanaName "カナ氏名" => kana: PersonKana, optional, [C];
        KanaName2 "カナ氏名（その他）" => other_kana: PersonKana, optional, [C];
        Name "氏名" => name: PersonName, optional, [C];
        Name2 "氏名（その他）" => other_name: PersonName, optional, [C];
        Birthday "生年月日" => born: Day, optional, [C];
        Age "年齢" => age: Age, optional, [C];
        AdministrativeGenderCode "男女区分1" => sex: AnswerSex, optional, [C];
        AdministrativeGenderCode2 "男女区分2" => sex2: AnswerSex, optional, [C];
        ReferenceNumber "照会番号" => reference_number: ReferenceNumber, optional, [C];
    }
}

message! {
    /// Body of the result (elements.md 8). Empty when the result isn't 1.
    pub struct OutcomeBody {
        /// One for each day of examination.
        SpecificHealthCheckupInfo "特定健診情報" => checkups: [Checkup], optional, [C];
    }
}

message! {
    /// One check-up (elements.md 8).
    pub struct Checkup {
        EffectiveTime "実施年月日" => day: Day, optional, [C];
        HealthCheckupResultAndQuestionInfos / HealthCheckupResultAndQuestionInfo "健診結果・質問票情報"
            => items: [CheckupItem], optional, [C];
    }
}

message! {
    /// One item of a check-up (elements.md 8).
    pub struct CheckupItem {
        ItemCode "項目コード（JLAC10）" => code: CheckupItemCode, optional, [C];
        ItemName "項目名" => name: CheckupItemName, optional, [C];
        DataType "データ型" => kind: DataType, optional, [C];
        DataValue "データ値" => value: CheckupValue, optional, [C];
        /// Text of a coded value; written for coded values (gaps.md 2).
        DataValueName "データ値名" => value_name: CheckupValue, optional, [C];
        /// OID of the value's code system.
        Oid "OID" => oid: Oid, optional, [C];
        Unit "単位" => unit: CheckupUnit, optional, [C];
    }
}
