//! What requests for viewing share: the person stands in the header, under other names than in OQS messages.
//!
//! Source: elements.md 7.1, 7.2 and 8.

use crate::message::message;
use crate::value::*;

message! {
    /// Header of YZKsiquc01 and TKKsiquc01 (elements.md 7.1).
    pub struct ViewingHeader {
        /// Must be the code of the terminal's certificate.
        MedicalInstitutionCode "医療機関コード" => institution: InstitutionCode, required, [S][C];
        InsurerNumber "保険者番号" => insurer: InsurerNumber, required, [S][C];
        InsuranceCardSymbol "被保険者証記号" => symbol: CardSymbol, optional, [S][C];
        InsuredPersonIdentificationNumber "被保険者証番号" => number: CardNumber, required, [S][C];
        BranchNumber "被保険者証枝番" => branch: BranchNumber, optional, [S][C];
        /// Comes back unchanged.
        ArbitraryFileIdentifier "任意のファイル識別子" => file_identifier: FileIdentifier, optional, [S][C];
    }
}
