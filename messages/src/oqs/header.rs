//! Headers and bodies that several messages share.
//!
//! Source: elements.md 2 to 4.

use crate::message::message;
use crate::value::*;

message! {
    /// Header of a request that needs no date (elements.md 2).
    pub struct PlainHeader {
        /// Must be the code of the terminal's certificate.
        MedicalInstitutionCode "医療機関コード" => institution: InstitutionCode, required, [S][C];
        /// Comes back unchanged.
        ArbitraryFileIdentifier "任意のファイル識別子" => file_identifier: FileIdentifier, optional, [S][C];
    }
}

message! {
    /// Header of a result without a day of confirmation (elements.md 2).
    pub struct PlainResultHeader {
        ProcessExecutionTime "処理実行日時" => executed: Moment, required, [S][C];
        MedicalInstitutionCode "医療機関コード" => institution: InstitutionCode, required, [S][C];
        ArbitraryFileIdentifier "任意のファイル識別子" => file_identifier: FileIdentifier, optional, [S][C];
        SegmentOfResult "処理結果区分" => segment: Segment, required, [S][C];
        /// Only when the segment isn't 1.
        ErrorCode "エラーコード" => error_code: ResultCode, optional, [C];
        ErrorMessage "エラーメッセージ" => error_message: ResultMessage, optional, [C];
        CharacterCodeIdentifier "文字コード識別" => character_code: CharacterCode, required, [S][C];
    }
}

message! {
    /// Header of the result that accepts a bulk request (elements.md 3 and 4.2).
    pub struct AcceptanceHeader {
        ProcessExecutionTime "処理実行日時" => executed: Moment, required, [C];
        QualificationConfirmationDate "資格確認日" => date: Day, optional in bulk_check, [C];
        MedicalInstitutionCode "医療機関コード" => institution: InstitutionCode, required, [C];
        ArbitraryFileIdentifier "任意のファイル識別子" => file_identifier: FileIdentifier, optional, [C];
        /// 1 on acceptance (\[D], gaps.md 1.3).
        SegmentOfResult "処理結果区分" => segment: Segment, required, [C];
        ErrorCode "エラーコード" => error_code: ResultCode, optional, [C];
        ErrorMessage "エラーメッセージ" => error_message: ResultMessage, optional, [C];
        CharacterCodeIdentifier "文字コード識別" => character_code: CharacterCode, required, [C];
    }
}

message! {
    /// Body of the result that accepts a bulk request, or refuses it (elements.md 3).
    pub struct AcceptanceBody {
        /// Absent on refusal.
        ReceptionNumber "受付番号" => reception: ReceptionNumber, optional, [C];
        ProcessingResultStatus "処理結果状況" => status: Status, optional, [C];
        ProcessingResultCode "処理結果コード" => code: ResultCode, optional, [C];
        ProcessingResultMessage "処理結果メッセージ" => message: ResultMessage, optional, [C];
    }
}

message! {
    /// Header of the request that fetches a bulk result (elements.md 3 and 4.3).
    pub struct FetchHeader {
        MedicalInstitutionCode "医療機関コード" => institution: InstitutionCode, required, [C];
        ArbitraryFileIdentifier "任意のファイル識別子" => file_identifier: FileIdentifier, optional, [I];
    }
}

message! {
    /// Body of the request that fetches a bulk result (elements.md 3 and 4.3).
    pub struct FetchBody {
        ReceptionNumber "受付番号" => reception: ReceptionNumber, required, [C];
    }
}

message! {
    /// Header of a bulk result (elements.md 3 and 4.4).
    pub struct BulkResultHeader {
        ProcessExecutionTime "処理実行日時" => executed: Moment, required, [C];
        QualificationConfirmationDate "資格確認日" => date: Day, optional in bulk_check, [C];
        MedicalInstitutionCode "医療機関コード" => institution: InstitutionCode, required, [C];
        /// Of the request that was accepted, not of the one that fetches.
        ArbitraryFileIdentifier "任意のファイル識別子" => file_identifier: FileIdentifier, optional, [C];
        ReceptionNumber "受付番号" => reception: ReceptionNumber, optional, [C];
        /// 2 while the job isn't ready.
        SegmentOfResult "処理結果区分" => segment: Segment, required, [C];
        ErrorCode "エラーコード" => error_code: ResultCode, optional, [C];
        ErrorMessage "エラーメッセージ" => error_message: ResultMessage, optional, [C];
        NumberOfProcessingResult "総処理件数" => count: PersonCount, optional, [C];
        NumberOfNormalProcessing "処理件数(正常)" => normal: PersonCount, optional, [C];
        NumberOfError "処理件数(エラー)" => errors: PersonCount, optional, [C];
        CharacterCodeIdentifier "文字コード識別" => character_code: CharacterCode, required, [C];
    }
}
