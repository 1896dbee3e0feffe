// The requests of the interface, and what their results say. Nothing here knows how they travel.

import type { Document, Node } from "./document.js";
import { NoConsent, Rejected } from "./errors.js";

/** `MessageId` of "no consent". The field's own codes aren't public; add yours here if you know them. */
export const NO_CONSENT = new Set(["YZKX0001E", "TKKX0001E"]);

/** What stands on an insurance card. `born` is `yyyyMMdd`. */
export interface Person {
  readonly insurer: string;
  readonly symbol?: string;
  readonly number: string;
  readonly branch?: string;
  readonly born: string;
}

/** A message id with the content of its request. */
export interface Request {
  readonly id: string;
  readonly header: readonly Node[];
  readonly body: readonly Node[];
}

/** Today in Japan, `yyyyMMdd`. */
export function today(): string {
  return new Date(Date.now() + 9 * 3600 * 1000).toISOString().slice(0, 10).replaceAll("-", "");
}

/** 資格確認: is this person insured on the day? */
export function qualification(institution: string, person: Person, day = today(), identifier?: string): Request {
  return { id: "OQSsiquc01", header: [["QualificationConfirmationDate", day], ...from(institution, identifier)], body: [search(person)] };
}

/** 資格確認一括照会: the same for many, answered with a reception number. */
export function bulk(institution: string, persons: readonly Person[], day = today(), identifier?: string): Request {
  return { id: "OQSmuquc01", header: [["QualificationConfirmationDate", day], ...from(institution, identifier)], body: persons.map(search) };
}

/** Fetches the result of a bulk job. */
export function fetchResult(institution: string, reception: string): Request {
  return { id: "OQSmuquc02", header: from(institution), body: [["ReceptionNumber", reception]] };
}

/** 照会番号登録: the institution's own number for a person. */
export function referenceNumber(institution: string, person: Person, number: string): Request {
  const info: Node[] = [
    ["ReferenceNumber", number],
    ["InsurerNumber", person.insurer],
    ["InsuredCardSymbol", person.symbol],
    ["InsuredIdentificationNumber", person.number],
    ["InsuredBranchNumber", person.branch],
  ];
  return { id: "OQSsiimm01", header: from(institution), body: [["ReferenceNumberRegistrationInfo", info]] };
}

/** 薬剤情報閲覧 from one month to another, `yyyyMM`, as XML or as PDF. */
export function drugs(institution: string, person: Person, first: string, last: string, pdf = false): Request {
  const body: Node[] = [
    ["StartDate", first],
    ["EndDate", last],
    ["FileCategory", pdf ? "1" : "2"],
    ["MedicalTreatmentFlag", "1"],
  ];
  return { id: "YZKsiquc01", header: viewing(institution, person), body };
}

/** 特定健診情報閲覧, as XML or as PDF. */
export function checkups(institution: string, person: Person, pdf = false): Request {
  return { id: "TKKsiquc01", header: viewing(institution, person), body: [["FileCategory", pdf ? "1" : "2"]] };
}

/** The result itself; throws if it says that the request failed. */
export function judged(document: Document): Document {
  const text = (path: string): string => document.text(path) ?? "";
  if (text("MessageHeader/SegmentOfResult") === "9") {
    throw new Rejected(text("MessageHeader/ErrorCode"), text("MessageHeader/ErrorMessage"));
  }
  if (text("MessageBody/ProcessingResultStatus") === "2") {
    throw new Rejected(text("MessageBody/ProcessingResultCode"), text("MessageBody/ProcessingResultMessage"));
  }
  if (!["", "1"].includes(text("MessageHeader/ResultCode"))) {
    const code = text("MessageHeader/MessageId");
    const kind = NO_CONSENT.has(code) ? NoConsent : Rejected;
    throw new kind(code, text("MessageHeader/MessageContents"));
  }
  return document;
}

function from(institution: string, identifier?: string): Node[] {
  return [["MedicalInstitutionCode", institution], ["ArbitraryFileIdentifier", identifier]];
}

function search(person: Person): Node {
  return ["QualificationConfirmSearchInfo", [
    ["InsurerNumber", person.insurer],
    ["InsuredCardSymbol", person.symbol],
    ["InsuredIdentificationNumber", person.number],
    ["InsuredBranchNumber", person.branch],
    ["Birthdate", person.born],
    ["LimitApplicationCertificateRelatedConsFlg", "0"],
  ]];
}

/** The viewing messages call the same things by other names. */
function viewing(institution: string, person: Person): Node[] {
  return [
    ["MedicalInstitutionCode", institution],
    ["InsurerNumber", person.insurer],
    ["InsuranceCardSymbol", person.symbol],
    ["InsuredPersonIdentificationNumber", person.number],
    ["BranchNumber", person.branch],
  ];
}
