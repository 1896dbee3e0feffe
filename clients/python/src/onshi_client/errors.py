"""What can go wrong, one class for each thing that a receipt computer has to do about it."""

from __future__ import annotations

import re


class OnshiError(Exception):
    """Whatever this package raises. ``label`` is onshi-mock's name of the reason, such as ``G102``, if it gave one."""

    def __init__(self, message: str, label: str | None = None) -> None:
        super().__init__(message)
        self.label = label


class LineRefused(OnshiError):
    """回線認証: the line may not carry this institution's traffic. Mend the registration; asking again is useless."""


class CertificateRefused(OnshiError):
    """端末認証: there is no certificate, or it is unknown, expired or revoked. Install or renew it."""


class BadRequest(OnshiError):
    """The request is no message of the interface. A mistake of the program: never ask again unchanged."""


class LoginRefused(OnshiError):
    """The Web API doesn't know the account, or its token has ended. Log in, with another account if need be."""


class Rejected(OnshiError):
    """The service read the request and says no: segment 9, or status 2, with the field's own code and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}".strip())
        self.code = code
        self.message = message


class NoConsent(Rejected):
    """The patient hasn't consented to viewing, or no longer: ask them at the card reader."""


class NotReady(OnshiError):
    """The bulk job is still being worked on. Keep ``reception`` and fetch later."""

    def __init__(self, reception: str) -> None:
        super().__init__(f"the job {reception} is not ready")
        self.reception = reception


class Untrusted(OnshiError):
    """The server's certificate isn't from the expected authority. Never go on, never ask again."""


class ServiceDown(OnshiError):
    """No connection, or HTTP 5xx, in each of ``attempts`` attempts. Tell the user, and ask again in some minutes."""

    def __init__(self, message: str, attempts: int, label: str | None = None) -> None:
        super().__init__(f"{message} (attempts: {attempts})", label)
        self.attempts = attempts


class TimedOut(OnshiError):
    """No answer in time. The request may have been carried out, so ask again under the same ``key`` only."""

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


def refusal(status: int, text: str) -> OnshiError:
    """The error for a refusal: HTTP 4xx with onshi-mock's explanation in JSON or XML, or the text of an ``.err``.

    The label's first letter says which step refused; without a label the status must do.
    """
    found = re.search(r"\b([GCXWT]\d{3})\b", text)
    label = found.group(1) if found else None
    first = label[0] if label else ""
    message = f"HTTP {status}: {text.strip()}" if status else text.strip()
    if first == "G":
        return LineRefused(message, label)
    if first == "C":
        return CertificateRefused(message, label)
    if first == "W" or status == 401:
        return LoginRefused(message, label)
    if label == "T103":  # The terminal's own time-out: it had no answer for minutes.
        return ServiceDown(message, 1, label)
    if status == 403 and not label:
        return CertificateRefused(message)
    return BadRequest(message, label)
