"""The requests of the interface, and what their results say. Nothing here knows how they travel."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .document import Document, Node
from .errors import NoConsent, Rejected

JAPAN = datetime.timezone(datetime.timedelta(hours=9))
#: ``MessageId`` of "no consent". The field's own codes aren't public; put yours here if you know them.
NO_CONSENT = {"YZKX0001E", "TKKX0001E"}


@dataclass(frozen=True)
class Person:
    """What stands on an insurance card. ``born`` is ``yyyyMMdd``."""

    insurer: str
    number: str
    born: str
    symbol: str | None = None
    branch: str | None = None


@dataclass(frozen=True)
class Request:
    """A message id with the content of its request."""

    id: str
    header: Sequence[Node]
    body: Sequence[Node]


def today() -> str:
    """Today in Japan, ``yyyyMMdd``."""
    return datetime.datetime.now(JAPAN).strftime("%Y%m%d")


def qualification(institution: str, person: Person, day: str | None = None, identifier: str | None = None) -> Request:
    """資格確認: is this person insured on the day?"""
    header = [("QualificationConfirmationDate", day or today()), *_from(institution, identifier)]
    return Request("OQSsiquc01", header, [_search(person)])


def bulk(institution: str, persons: Iterable[Person], day: str | None = None, identifier: str | None = None) -> Request:
    """資格確認一括照会: the same for many, answered with a reception number."""
    header = [("QualificationConfirmationDate", day or today()), *_from(institution, identifier)]
    return Request("OQSmuquc01", header, [_search(person) for person in persons])


def fetch(institution: str, reception: str) -> Request:
    """Fetches the result of a bulk job."""
    return Request("OQSmuquc02", _from(institution, None), [("ReceptionNumber", reception)])


def reference_number(institution: str, person: Person, number: str, identifier: str | None = None) -> Request:
    """照会番号登録: the institution's own number for a person."""
    info: list[Node] = [
        ("ReferenceNumber", number),
        ("InsurerNumber", person.insurer),
        ("InsuredCardSymbol", person.symbol),
        ("InsuredIdentificationNumber", person.number),
        ("InsuredBranchNumber", person.branch),
    ]
    return Request("OQSsiimm01", _from(institution, identifier), [("ReferenceNumberRegistrationInfo", info)])


def drugs(institution: str, person: Person, first: str, last: str, pdf: bool = False) -> Request:
    """薬剤情報閲覧 from one month to another, ``yyyyMM``, as XML or as PDF."""
    body = [("StartDate", first), ("EndDate", last), ("FileCategory", "1" if pdf else "2"), ("MedicalTreatmentFlag", "1")]
    return Request("YZKsiquc01", _viewing(institution, person), body)


def checkups(institution: str, person: Person, pdf: bool = False) -> Request:
    """特定健診情報閲覧, as XML or as PDF."""
    return Request("TKKsiquc01", _viewing(institution, person), [("FileCategory", "1" if pdf else "2")])


def judged(document: Document) -> Document:
    """The result itself, or an error if it says that the request failed."""
    header = document.text
    if header("MessageHeader/SegmentOfResult") == "9":
        raise Rejected(header("MessageHeader/ErrorCode") or "", header("MessageHeader/ErrorMessage") or "")
    if document.text("MessageBody/ProcessingResultStatus") == "2":
        code = document.text("MessageBody/ProcessingResultCode") or ""
        raise Rejected(code, document.text("MessageBody/ProcessingResultMessage") or "")
    if (header("MessageHeader/ResultCode") or "1") != "1":
        code = header("MessageHeader/MessageId") or ""
        kind = NoConsent if code in NO_CONSENT else Rejected
        raise kind(code, header("MessageHeader/MessageContents") or "")
    return document


def _from(institution: str, identifier: str | None) -> list[Node]:
    return [("MedicalInstitutionCode", institution), ("ArbitraryFileIdentifier", identifier)]


def _search(person: Person) -> Node:
    info: list[Node] = [
        ("InsurerNumber", person.insurer),
        ("InsuredCardSymbol", person.symbol),
        ("InsuredIdentificationNumber", person.number),
        ("InsuredBranchNumber", person.branch),
        ("Birthdate", person.born),
        ("LimitApplicationCertificateRelatedConsFlg", "0"),
    ]
    return ("QualificationConfirmSearchInfo", info)


def _viewing(institution: str, person: Person) -> list[Node]:
    """The viewing messages call the same things by other names."""
    return [
        ("MedicalInstitutionCode", institution),
        ("InsurerNumber", person.insurer),
        ("InsuranceCardSymbol", person.symbol),
        ("InsuredPersonIdentificationNumber", person.number),
        ("BranchNumber", person.branch),
    ]
