//! OQSsiquc01: qualification confirmation (資格確認), request and result.
//!
//! Source: elements.md 1.1 to 1.6; the elements of home visits and online care in the search data from 6.2.

use super::{Consented, LimitConsented};
use crate::message::{XmlMsg, message};
use crate::value::*;

/// Request: OQS-IF-001.
pub type Request = XmlMsg<RequestHeader, RequestBody>;
/// Result: OQS-IF-002, also the content of a face file.
pub type Outcome = XmlMsg<OutcomeHeader, OutcomeBody>;

message! {
    /// Header of the request (elements.md 1.1).
    pub struct RequestHeader {
        /// The day for which the validity is asked; past days are allowed.
        QualificationConfirmationDate "資格確認日" => date: Day, required, [S][C];
        /// Must be the code of the terminal's certificate.
        MedicalInstitutionCode "医療機関コード" => institution: InstitutionCode, required, [S][C];
        /// Comes back unchanged.
        ArbitraryFileIdentifier "任意のファイル識別子" => file_identifier: FileIdentifier, optional, [S][C];
    }
}

message! {
    /// Body of the request (elements.md 1.1).
    pub struct RequestBody {
        QualificationConfirmSearchInfo "資格確認照会用情報" => search: {SearchInfo}, required, [S][C];
    }
}

message! {
    /// Search data of one person (elements.md 1.1 and 6.2). Comes back in the result.
    pub struct SearchInfo {
        /// For medical aid the number of the public payer.
        InsurerNumber "保険者番号" => insurer: InsurerNumber, required, [S][C];
        /// Absent for late-elderly people and medical aid.
        InsuredCardSymbol "被保険者証記号" => symbol: CardSymbol, optional, [S][C];
        /// 8 digits for late-elderly people, 7 for medical aid.
        InsuredIdentificationNumber "被保険者証番号" => number: CardNumber, required, [S][C];
        /// Without it a family can match several persons.
        InsuredBranchNumber "被保険者証枝番" => branch: BranchNumber, optional, [S][C];
        Birthdate "生年月日" => born: Day, required, [S][C];
        /// The consent is given orally, at the desk.
        LimitApplicationCertificateRelatedConsFlg "限度額適用認定証提供同意フラグ"
            => limit_consent: LimitConsent, single, [S][C];
        /// The certificate that the asker knows (elements.md 4.1).
        LimitApplicationCertificateRelatedInfo or LimitApplicationCertificateRelatedinfo "限度額適用認定証関連情報"
            => known_limit: {KnownLimit}, optional in bulk_check, [C];
        LimitApplicationCertificateRelatedDisplayFlg "限度額適用認定証取得フラグ"
            => limit_display: DisplayFlag, optional in visits, [C];
        SpecificDiseasesCertificateListDisplayFlg "特定疾病療養受療証取得フラグ"
            => diseases_display: DisplayFlag, optional in visits, [C];
        MedicalInformationRequestList / MedicalInformationRequest "医療情報閲覧要求"
            => information: [InformationRequest], optional in visits, [C];
        MedicalTreatmentFlag "診療区分" => treatment: TreatmentFlag, optional in visits, [C];
        PrescriptionIssueSelect "処方箋発行形態" => prescription: PrescriptionIssue, optional in visits, [C];
        /// Tells persons apart in bulk requests; comes back unchanged.
        ArbitraryIdentifier "任意の識別子" => person_identifier: PersonIdentifier, optional, [C];
    }
}

message! {
    /// The limit certificate that an institution already knows, so that a change can be reported (elements.md 4.1).
    pub struct KnownLimit {
        LimitApplicationCertificateClassification "認定証区分" => kind: LimitClassification, optional, [C];
        /// One client writes the class under the other name (gaps.md 2).
        LimitApplicationCertificateClassificationFlag or LimitApplicationCertificateRelatedConsFlg "適用区分"
            => class: LimitClass, optional, [C];
    }
}

message! {
    /// Medical information that a home-visit or online query asks for as well (elements.md 6.2).
    pub struct InformationRequest {
        MedicalInformationType "医療情報種別" => kind: MedicalInformation, optional, [C];
        MedicalInformationFileCategory "要求ファイル種別" => file: FileCategory, optional, [C];
        MedicalInformationDate "対象期間" => period: {InformationPeriod}, optional, [C];
        PrDiInfClassification "処方・調剤情報閲覧区分" => prescriptions: PrescriptionView, optional, [C];
    }
}

message! {
    /// Period of a request for medical information (elements.md 6.2).
    pub struct InformationPeriod {
        StartDate "開始年月" => from: Month, optional, [C];
        EndDate "終了年月" => to: Month, optional, [C];
        LastDate "前回取得日" => since: Day, optional, [C];
    }
}

message! {
    /// Header of the result (elements.md 1.2).
    pub struct OutcomeHeader {
        ProcessExecutionTime "処理実行日時" => executed: Moment, required, [S][C];
        QualificationConfirmationDate "資格確認日" => date: Day, required, [S][C];
        MedicalInstitutionCode "医療機関コード" => institution: InstitutionCode, required, [S][C];
        /// As requested; a token of the terminal in face files.
        ArbitraryFileIdentifier "任意のファイル識別子" => file_identifier: FileIdentifier, optional, [S][C];
        ReferenceClassification "照会区分" => reference: ReferenceClassification, required, [S][C];
        SegmentOfResult "処理結果区分" => segment: Segment, required, [S][C];
        /// Only when the segment isn't 1.
        ErrorCode "エラーコード" => error_code: ResultCode, optional, [C];
        ErrorMessage "エラーメッセージ" => error_message: ResultMessage, optional, [C];
        CharacterCodeIdentifier "文字コード識別" => character_code: CharacterCode, required, [S][C];
    }
}

message! {
    /// Body of the result (elements.md 1.3). Empty when the segment is 9.
    pub struct OutcomeBody {
        /// Echo of the request; absent in face files.
        QualificationConfirmSearchInfo "資格確認照会用情報" => search: {SearchInfo}, optional, [S][C];
        MedicalTreatmentFlag "診療区分" => treatment: TreatmentFlag, optional in visits, [C];
        /// Chosen at the reader, where e-prescription is in use.
        PrescriptionIssueSelect "処方箋発行形態" => prescription: PrescriptionIssue, optional, [C];
        ProcessingResultStatus "処理結果状況" => status: Status, optional, [S][C];
        /// With status 2, or with status 1 when there is attached information.
        ProcessingResultCode "処理結果コード" => code: ResultCode, optional, [C];
        ProcessingResultMessage "処理結果メッセージ" => message: ResultMessage, optional, [C];
        /// Absent when the status is 2.
        QualificationValidity "資格有効性" => validity: Validity, optional, [S][C];
        ResultList / ResultOfQualificationConfirmation "資格確認結果" => results: [Qualification], optional, [S][C];
    }
}

message! {
    /// One qualification of a person (elements.md 1.4).
    pub struct Qualification {
        InsuredCardClassification "被保険者証区分" => card: CardClassification, optional, [S][C];
        /// For medical aid the number of the public payer. Padded with spaces when it has six digits.
        InsurerNumber "保険者番号" => insurer: InsurerNumber, optional, [S][C];
        /// Absent for late-elderly people and medical aid.
        InsuredCardSymbol "被保険者証記号" => symbol: CardSymbol, optional, [S][C];
        InsuredIdentificationNumber "被保険者証番号" => number: CardNumber, optional, [S][C];
        /// Absent for late-elderly people.
        InsuredBranchNumber "被保険者証枝番" => branch: BranchNumber, optional, [S][C];
        /// Absent for late-elderly people.
        PersonalFamilyClassification "本人・家族の別" => relation: PersonalFamily, optional, [S][C];
        InsuredName "被保険者氏名（世帯主氏名）" => insured_name: PersonName, optional, [S][C];
        Name "氏名" => name: PersonName, optional, [S][C];
        NameOfOther "氏名（その他）" => other_name: PersonName, optional, [C];
        NameKana "氏名カナ" => kana: PersonKana, optional, [S][C];
        NameOfOtherKana "氏名カナ（その他）" => other_kana: PersonKana, optional, [C];
        /// As printed on the card.
        Sex1 "性別1" => sex: Sex, optional, [S][C];
        /// Only when the card leaves the sex out by the circular of 2012-09-21.
        Sex2 "性別2" => sex2: Sex, optional, [C];
        Birthdate "生年月日" => born: Day, optional, [S][C];
        /// As the insurer knows it; may differ from the patient's chart.
        Address "住所" => address: Address, optional, [S][C];
        PostNumber "郵便番号" => post: PostNumber, optional, [S][C];
        /// For medical aid its start or resumption.
        QualificationDate "資格取得年月日" => from: Day, optional, [C];
        /// For medical aid its stop or end.
        DisqualificationDate "資格喪失年月日" => lost: Day, optional, [C];
        InsuredCertificateIssuanceDate "被保険者証交付年月日" => issued: Day, optional, [S][C];
        InsuredCardValidDate "被保険者証有効開始年月日" => card_from: Day, optional, [S][C];
        InsuredCardExpirationDate "被保険者証有効終了年月日" => card_to: Day, optional, [S][C];
        /// Late-elderly people only.
        InsuredPartialContributionRatio "被保険者証一部負担金割合" => ratio: ContributionRatio, optional, [C];
        PreschoolClassification "未就学区分" => preschool: Preschool, optional, [C];
        ReasonOfLoss "資格喪失事由" => reason_of_loss: ReasonOfLoss, optional, [C];
        InsurerName "保険者名称" => insurer_name: OrganizationName, optional, [S][C];
        /// People of 70 to 74 years.
        ElderlyRecipientCertificateInfo "高齢受給者証情報" => elderly: {ElderlyRecipient}, optional, [C];
        LimitApplicationCertificateRelated "限度額適用認定証提供同意" => limit_consent: (LimitConsented; oral), optional, [S][C];
        /// Only with consent.
        LimitApplicationCertificateRelatedInfo "限度額適用認定証関連情報" => limit: {LimitCertificate}, optional, [C];
        /// Bulk results tell of no certificate itself.
        LimitApplicationCertificateChanged "限度額適用認定証情報変更有無" => limit_changed: LimitChanged, optional in bulk_check, [C];
        SpecificDiseasesCertificateRelated "特定疾病療養受療証提供同意" => diseases_consent: (Consented; oral), optional, [C];
        SpecificDiseasesCertificateList / SpecificDiseasesCertificateInfo "特定疾病療養受療証情報"
            => diseases: [DiseaseCertificate], optional, [C];
        /// Inside a result of medical aid.
        PublicExpenseResultList / MedicalTicketInfo "医療券・調剤券情報" => tickets: [Ticket], optional, [C];
        SpecificHealthCheckupsInfo "特定健診情報閲覧同意" => checkups: (Consented), optional, [S][C];
        PharmacistsInfo "薬剤情報閲覧同意" => drugs: (Consented), optional, [S][C];
        DiagnosisInfo "診療情報閲覧同意" => diagnosis: (Consented), optional, [C];
        OperationInfo "手術情報閲覧同意" => operations: (Consented), optional, [C];
        DiagnosisName "傷病名情報閲覧同意" => diseases_named: (Consented), optional, [C];
        InfectiousInfo "感染症情報閲覧同意" => infections: (Consented), optional, [C];
        AllergyInfo "その他アレルギー情報閲覧同意" => allergies: (Consented), optional, [C];
        ContraindicationInfo "薬剤アレルギー情報閲覧同意" => contraindications: (Consented), optional, [C];
        TestInfo "検査情報閲覧同意" => tests: (Consented), optional, [C];
        PrescriptionInfo "処方情報閲覧同意" => prescriptions: (Consented), optional, [C];
        OnsRegistrationTime "オン資登録（更新）日時" => registered: Moment, optional, [C];
        ArbitraryIdentifier "任意の識別子" => person_identifier: PersonIdentifier, optional, [C];
        /// Absent when none is registered for this institution.
        ReferenceNumber "照会番号" => reference_number: ReferenceNumber, optional, [S][C];
        QualificationConfirmationKey "資格確認キー" => key: ConfirmationKey, optional, [S][C];
        QualificationChangeFlg "資格情報変更確認フラグ" => change: QualificationChange, optional, [C];
    }
}

message! {
    /// Certificate of an elderly recipient (高齢受給者証, elements.md 1.4, 26).
    pub struct ElderlyRecipient {
        ElderlyRecipientCertificateDate "交付年月日" => issued: Day, optional, [C];
        ElderlyRecipientValidStartDate "有効開始年月日" => from: Day, optional, [C];
        ElderlyRecipientValidEndDate "有効終了年月日" => to: Day, optional, [C];
        ElderlyRecipientContributionRatio "一部負担金割合" => ratio: ContributionRatio, optional, [C];
    }
}

message! {
    /// Limit certificate (限度額適用認定証, elements.md 1.4, 29).
    pub struct LimitCertificate {
        LimitApplicationCertificateClassification "認定証区分" => kind: LimitClassification, optional, [C];
        LimitApplicationCertificateClassificationFlag "適用区分" => class: LimitClass, optional, [C];
        LimitApplicationCertificateDate "交付年月日" => issued: Day, optional, [C];
        LimitApplicationCertificateValidStartDate "有効開始年月日" => from: Day, optional, [C];
        LimitApplicationCertificateValidEndDate "有効終了年月日" => to: Day, optional, [C];
        /// First day of the month after the application, when hospital days exceed 90.
        LimitApplicationCertificateLongTermDate "長期入院該当年月日" => long_term: Day, optional, [C];
    }
}

message! {
    /// Certificate of a specific disease (特定疾病療養受療証, elements.md 1.4, 32).
    pub struct DiseaseCertificate {
        SpecificDiseasesDiseaseCategory "認定疾病区分" => disease: SpecificDisease, optional, [C];
        SpecificDiseasesCertificateDate "交付年月日" => issued: Day, optional, [C];
        SpecificDiseasesValidStartDate "有効開始年月日" => from: Day, optional, [C];
        SpecificDiseasesValidEndDate "有効終了年月日" => to: Day, optional, [C];
        SpecificDiseasesSelfPay "自己負担限度額" => self_pay: Yen, optional, [C];
    }
}

message! {
    /// Medical-aid ticket (医療券・調剤券, elements.md 1.6).
    pub struct Ticket {
        TicketType "医療券・調剤券別" => kind: TicketType, optional, [C];
        MedicalTicketValidDate "有効開始年月日" => from: Day, optional, [C];
        MedicalTicketExpirationDate "有効終了年月日" => to: Day, optional, [C];
        IssueNumber "交付番号" => issue: IssueNumber, optional, [C];
        MedicalTreatmentMonth "診療年月" => month: Month, optional, [C];
        DesignatedMedicalInstitutionCode "指定医療機関コード" => institution: InstitutionCode, optional, [C];
        DesignatedMedicalInstitutionFlag "指定医療機関確認フラグ" => designated: DesignatedInstitution, optional, [C];
        DesignatedMedicalInstitutionName "指定医療機関名" => institution_name: OrganizationName, optional, [C];
        PrescriptionIssuerMedicalInstitutionCode "処方箋発行元医療機関コード" => issuer: InstitutionCode, optional, [C];
        PrescriptionIssuerMedicalInstitutionName "処方箋発行元医療機関名" => issuer_name: OrganizationName, optional, [C];
        InjuryName1 "傷病名1" => injury1: FreeText, optional, [C];
        InjuryName2 "傷病名2" => injury2: FreeText, optional, [C];
        InjuryName3 "傷病名3" => injury3: FreeText, optional, [C];
        MedicalTreatmentType "診療別" => treatment: TreatmentType, optional, [C];
        SelfPayAmount "本人支払額" => self_pay: Yen, optional, [C];
        DistrictContactName "地区担当員名" => district_contact: OrganizationName, optional, [C];
        HandlingContactName "取扱担当者名" => handling_contact: OrganizationName, optional, [C];
        SingleOrCombinedUse "単独・併用別" => use_: SingleOrCombined, optional, [C];
        StatusOfSocialInsurance "社会保険状況" => social_insurance: YesNo, optional, [C];
        ConsistencyFlag "社会保険状況の整合性フラグ" => inconsistency: Inconsistency, optional, [C];
        /// The misspelling is real.
        StatusOfInfecton "感染症法第37条の2の該当状況" => infection: YesNo, optional, [C];
        StatusOfElderlyMedicalCare "後期高齢者医療の該当状況" => late_elderly: YesNo, optional, [C];
        StatusOfPrefecturalExpenses "都道府県費の該当状況" => prefectural: YesNo, optional, [C];
        Remarks1 "備考1" => remarks1: FreeText, optional, [C];
        Remarks2 "備考2" => remarks2: FreeText, optional, [C];
        Remarks3 "備考3" => remarks3: FreeText, optional, [C];
    }
}
