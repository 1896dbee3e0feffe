//! Bulk messages about qualifications: OQSmuquc, OQSmutic, OQSmuhvq, OQSmuonq.
//!
//! Each is a pair: 01 is accepted with a ReceptionNumber, 02 fetches the result by it. Source: elements.md 4 to 6.1.

use super::Consented;
use super::header::{
    AcceptanceBody, AcceptanceHeader, BulkResultHeader, FetchBody, FetchHeader, PlainHeader,
};
use super::quc::{Qualification, RequestHeader, SearchInfo};
use crate::message::{XmlMsg, message};
use crate::value::*;

/// Result of every 01 message: the job is accepted, or refused.
pub type Acceptance = XmlMsg<AcceptanceHeader, AcceptanceBody>;
/// Request of every 02 message: the result of a job is fetched.
pub type Fetch = XmlMsg<FetchHeader, FetchBody>;

/// Request OQSmuquc01: many persons.
pub type Request = XmlMsg<RequestHeader, RequestBody>;
/// Result OQSmuquc02, and OQSmutic02.
pub type Outcome = XmlMsg<BulkResultHeader, OutcomeBody>;
/// Request OQSmutic01: the medical-aid tickets of one month.
pub type TicketRequest = XmlMsg<PlainHeader, TicketRequestBody>;
/// Request OQSmuhvq01 and OQSmuonq01: everybody who has consented.
pub type ConsentedRequest = XmlMsg<PlainHeader, ConsentedRequestBody>;
/// Result OQSmuhvq02 and OQSmuonq02.
pub type ConsentedOutcome = XmlMsg<BulkResultHeader, ConsentedOutcomeBody>;

message! {
    /// Body of OQSmuquc01 (elements.md 4.1).
    pub struct RequestBody {
        /// One for each person; ArbitraryIdentifier tells them apart.
        QualificationConfirmSearchInfo "資格確認照会用情報" => searches: [SearchInfo], required, [C];
    }
}

message! {
    /// Body of a bulk result (elements.md 4.4 and 5). Empty while the job isn't ready.
    pub struct OutcomeBody {
        BulkConfirmUnit "一括資格確認単位" => units: [Unit], optional, [C];
    }
}

message! {
    /// The result of one person in a bulk result (elements.md 4.4 and 6.1).
    pub struct Unit {
        /// Echo of the request.
        QualificationConfirmSearchInfo "資格確認照会用情報" => search: {SearchInfo}, optional in bulk_check, [C];
        ProcessingResultStatus "処理結果状況" => status: Status, optional, [C];
        ProcessingResultCode "処理結果コード" => code: ResultCode, optional, [C];
        ProcessingResultMessage "処理結果メッセージ" => message: ResultMessage, optional, [C];
        /// Absent when the status is 2.
        QualificationValidity "資格有効性" => validity: Validity, optional, [C];
        Qualification "資格情報同意" => consent: (Consented), optional in visits, [C];
        /// Sources disagree whether there is a list element (gaps.md 2).
        ResultList / ResultOfQualificationConfirmation "資格確認結果"
            => results: [Qualification; either], optional, [C];
        /// Beside the results, not inside (elements.md 4.4).
        ReferenceNumber "照会番号" => reference_number: ReferenceNumber, optional, [C];
    }
}

message! {
    /// Body of OQSmutic01 (elements.md 5).
    pub struct TicketRequestBody {
        QualificationConfirmSearchInfo "資格確認照会用情報" => search: {TicketSearch}, required, [C];
    }
}

message! {
    /// Which tickets are asked for (elements.md 5).
    pub struct TicketSearch {
        MedicalTreatmentMonth "診療年月" => month: Month, required, [C];
    }
}

message! {
    /// Body of OQSmuhvq01 and OQSmuonq01 (elements.md 6.1).
    pub struct ConsentedRequestBody {
        QualificationConfirmSearchInfo "資格確認照会用情報" => search: {ConsentSearch}, required, [C];
    }
}

message! {
    /// Whose consents are asked for (elements.md 6.1).
    pub struct ConsentSearch {
        ConsentDateFrom "同意年月日（自）" => consent_from: Day, optional, [C];
        ConsentDateTo "同意年月日（至）" => consent_to: Day, optional, [C];
        /// Instead of the days of consent.
        ExaminationDateFrom "受診日（自）" => examined_from: Day, optional in online, [C];
        /// Instead of the days of consent.
        ExaminationDateTo "受診日（至）" => examined_to: Day, optional in online, [C];
        /// 2 for home visits, 3 for online care.
        MedicalTreatmentFlag "診療区分" => treatment: TreatmentFlag, required, [C];
    }
}

message! {
    /// Body of OQSmuhvq02 and OQSmuonq02 (elements.md 6.1).
    pub struct ConsentedOutcomeBody {
        /// Echo of the request.
        QualificationConfirmSearchInfo "資格確認照会用情報" => search: {ConsentSearch}, optional, [C];
        ProcessingResultStatus "処理結果状況" => status: Status, optional, [C];
        ProcessingResultCode "処理結果コード" => code: ResultCode, optional, [C];
        ProcessingResultMessage "処理結果メッセージ" => message: ResultMessage, optional, [C];
        BulkConfirmUnit "一括資格確認単位" => units: [Unit], optional, [C];
    }
}
