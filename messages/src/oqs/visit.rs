//! OQSsihvq01, OQSsionq01 and OQSsihvd01: home visits (訪問診療等) and online care (オンライン診療等), one person.
//!
//! The two queries have the layout of OQSsiquc01, whose search data hold their elements. Source: elements.md 6.2, 6.3.

use super::header::{PlainHeader, PlainResultHeader};
use super::quc;
use crate::message::{XmlMsg, message};
use crate::value::*;

/// Request OQSsihvq01 and OQSsionq01.
pub type Request = quc::Request;
/// Result OQSsihvq01 and OQSsionq01.
pub type Outcome = quc::Outcome;
/// Request OQSsihvd01: a consent is cancelled.
pub type CancelRequest = XmlMsg<PlainHeader, CancelRequestBody>;
/// Result OQSsihvd01.
pub type CancelOutcome = XmlMsg<PlainResultHeader, CancelOutcomeBody>;

message! {
    /// Body of OQSsihvd01 (elements.md 6.3).
    pub struct CancelRequestBody {
        ConsentCancelInfo "閲覧同意取り消し情報" => cancel: {ConsentCancel}, required, [C];
    }
}

message! {
    /// Whose consent is cancelled (elements.md 6.3).
    pub struct ConsentCancel {
        InsurerNumber "保険者番号" => insurer: InsurerNumber, required, [C];
        InsuredCardSymbol "被保険者証記号" => symbol: CardSymbol, optional, [C];
        InsuredIdentificationNumber "被保険者証番号" => number: CardNumber, required, [C];
        InsuredBranchNumber "被保険者証枝番" => branch: BranchNumber, optional, [C];
        Birthdate "生年月日" => born: Day, required, [C];
        MedicalTreatmentFlag "診療区分" => treatment: TreatmentFlag, required, [C];
    }
}

message! {
    /// Body of the result of OQSsihvd01 (elements.md 6.3).
    pub struct CancelOutcomeBody {
        ProcessingResultStatus "処理結果状況" => status: Status, optional, [I];
        ProcessingResultCode "処理結果コード" => code: ResultCode, optional, [I];
        ProcessingResultMessage "処理結果メッセージ" => message: ResultMessage, optional, [I];
    }
}
