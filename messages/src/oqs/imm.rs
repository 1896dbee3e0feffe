//! OQSsiimm01 and OQSmuimm01/02: registration of reference numbers (照会番号登録), single and in bulk.
//!
//! Source: elements.md 2 and 3.

use super::header::{BulkResultHeader, PlainHeader, PlainResultHeader};
use crate::message::{XmlMsg, message};
use crate::value::*;

/// Request OQSsiimm01.
pub type Request = XmlMsg<PlainHeader, RequestBody>;
/// Result OQSsiimm01.
pub type Outcome = XmlMsg<PlainResultHeader, OutcomeBody>;
/// Request OQSmuimm01. Its result is a [`super::bulk::Acceptance`].
pub type BulkRequest = XmlMsg<PlainHeader, BulkRequestBody>;
/// Result OQSmuimm02. Its request is a [`super::bulk::Fetch`].
pub type BulkOutcome = XmlMsg<BulkResultHeader, BulkOutcomeBody>;

message! {
    /// Body of the single request (elements.md 2).
    pub struct RequestBody {
        ReferenceNumberRegistrationInfo "照会番号登録情報" => registration: {Registration}, required, [S][C];
    }
}

message! {
    /// A reference number for one person at the asking institution (elements.md 2).
    pub struct Registration {
        ReferenceNumber "照会番号" => reference_number: ReferenceNumber, required, [S][C];
        /// Padded on the left with spaces.
        InsurerNumber "保険者番号" => insurer: InsurerNumber, required, [S][C];
        InsuredCardSymbol "被保険者証記号" => symbol: CardSymbol, optional, [S][C];
        InsuredIdentificationNumber "被保険者証番号" => number: CardNumber, required, [S][C];
        /// Needed except for late-elderly people.
        InsuredBranchNumber "被保険者証枝番" => branch: BranchNumber, optional, [S][C];
    }
}

message! {
    /// Body of the single result (elements.md 2).
    pub struct OutcomeBody {
        /// Echo of the request.
        ReferenceNumberRegistrationInfo "照会番号登録情報" => registration: {Registration}, optional, [S][C];
        ProcessingResultStatus "処理結果状況" => status: Status, optional, [S][C];
        /// On failure.
        ProcessingResultCode "処理結果コード" => code: ResultCode, optional, [C];
        ProcessingResultMessage "処理結果メッセージ" => message: ResultMessage, optional, [C];
    }
}

message! {
    /// Body of the bulk request (elements.md 3).
    pub struct BulkRequestBody {
        ReferenceNumberRegistrationInfo "照会番号登録情報" => registrations: [Registration], required, [S][C];
    }
}

message! {
    /// Body of the bulk result (elements.md 3). Empty while the job isn't ready.
    pub struct BulkOutcomeBody {
        /// One for each registration of the request.
        BulkRegistrationUnit "一括登録単位" => units: [OutcomeBody], optional, [C];
    }
}
