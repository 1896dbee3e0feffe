"""The service over HTTPS."""

from __future__ import annotations

import contextlib
import http.client
import os
import ssl
import time
import urllib.parse
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from . import requests
from .document import Document, Encoding, encode
from .errors import BadRequest, CertificateRefused, NotReady, ServiceDown, TimedOut, Untrusted, refusal
from .identity import Identity, tls
from .requests import Person, Request, judged

#: The real service and its networks. A test client never calls them.
REAL_DOMAINS = (
    "onshikaku.org", "oqs-pdl.org", "flets-east.jp", "flets-west.jp", "lineauth.mnw", "managedpki.ne.jp",
)  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """What came back with HTTP 200."""

    content_type: str
    body: bytes


class Client:
    """Asks one service as one terminal. Use it from one thread; every call opens a connection of its own."""

    def __init__(
        self,
        service: str,
        institution: str,
        identity: Identity | None,
        ca: str | os.PathLike[str] | bytes,
        *,
        encoding: Encoding = "UTF-8",
        timeout: float = 30.0,
        attempts: int = 3,
        pause: float = 0.5,
    ) -> None:
        """``service`` is for example ``https://localhost:8443``. ``timeout`` is the longest silence, in seconds;
        after a failure ``pause`` seconds pass, after the next twice as many."""
        url = urllib.parse.urlsplit(service)
        host = (url.hostname or "").rstrip(".").lower()
        if url.scheme != "https" or not host:
            raise ValueError(f"{service}: expected an address such as https://localhost:8443")
        if any(host == domain or host.endswith("." + domain) for domain in REAL_DOMAINS):
            raise ValueError(f"{host} belongs to the real service, which a test client never calls")
        self.institution = institution
        self._host, self._port, self._base = host, url.port or 443, url.path.rstrip("/")
        self._tls = tls(ca, identity)
        self._encoding: Encoding = encoding
        self._timeout, self._attempts, self._pause = timeout, attempts, pause

    def qualification(self, person: Person, day: str | None = None) -> Document:
        """資格確認. ``MessageBody/QualificationValidity`` of the result says whether the person is insured."""
        return self.ask(requests.qualification(self.institution, person, day))

    def register_reference_number(self, person: Person, number: str) -> Document:
        """照会番号登録."""
        return self.ask(requests.reference_number(self.institution, person, number))

    def drugs(self, person: Person, first: str, last: str) -> Document:
        """薬剤情報 of the months ``first`` to ``last`` (``yyyyMM``). Raises ``NoConsent``."""
        return self.ask(requests.drugs(self.institution, person, first, last))

    def drugs_pdf(self, person: Person, first: str, last: str) -> bytes:
        """The same as PDF."""
        return self._pdf(requests.drugs(self.institution, person, first, last, pdf=True))

    def checkups(self, person: Person) -> Document:
        """特定健診情報. Raises ``NoConsent``."""
        return self.ask(requests.checkups(self.institution, person))

    def checkups_pdf(self, person: Person) -> bytes:
        """The same as PDF."""
        return self._pdf(requests.checkups(self.institution, person, pdf=True))

    def submit(self, persons: Iterable[Person], day: str | None = None) -> str:
        """Begins a bulk job and gives its reception number."""
        document = self.ask(requests.bulk(self.institution, persons, day))
        return document.text("MessageBody/ReceptionNumber") or ""

    def fetch(self, reception: str, patience: float = 0.0, poll: float = 1.0) -> Document:
        """The result of a bulk job; asks each ``poll`` seconds, for ``patience`` seconds, then raises ``NotReady``."""
        give_up = time.monotonic() + patience
        while True:
            document = self.ask(requests.fetch(self.institution, reception))
            if document.text("MessageHeader/SegmentOfResult") != "2":
                return document
            if time.monotonic() + poll > give_up:
                raise NotReady(reception)
            time.sleep(poll)

    def ask(self, request: Request) -> Document:
        """Sends a request and reads its result."""
        return judged(Document.decode(self.send(request.id, self._written(request)).body))

    def send(self, message: str, body: bytes) -> Reply:
        """Sends the bytes of a request as they are, again and again while the service is down.

        Each attempt carries the same ``Idempotency-Key``, so that none begins a second job.
        """
        # Both are read as the document declares itself; the media type says only that it is none of JSON.
        headers = {"Content-Type": "application/xml", "Idempotency-Key": str(uuid.uuid4())}
        return self.post(f"/oqs/{message}", body, headers)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """The same for any path of the service."""
        for attempt in range(1, self._attempts + 1):
            try:
                return self._once(path, body, headers)
            except ServiceDown as error:
                if attempt == self._attempts:
                    raise ServiceDown(str(error.__cause__ or error), attempt) from error
                time.sleep(self._pause * 2 ** (attempt - 1))
        raise ValueError("attempts: expected at least 1")

    def _once(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._tls)
        try:
            # A server that ends the connection while we write may have said why; that is read below.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request("POST", self._base + path, body, dict(headers))
            response = connection.getresponse()
            data = response.read()
        except TimeoutError as error:
            raise TimedOut(f"no answer within {self._timeout} s", headers.get("Idempotency-Key", "")) from error
        except ssl.SSLCertVerificationError as error:
            raise Untrusted(str(error)) from error
        except ssl.SSLError as error:
            # An alert in or after the handshake: the gate of a service that doesn't explain itself.
            if "ALERT" in (error.reason or ""):
                raise CertificateRefused(str(error)) from error
            raise ServiceDown(str(error), 1) from error
        except (OSError, http.client.HTTPException) as error:
            raise ServiceDown(str(error) or type(error).__name__, 1) from error
        finally:
            connection.close()
        if response.status == 200:
            return Reply(response.headers.get_content_type(), data)
        if response.status >= 500 or response.status in (408, 429):
            raise ServiceDown(f"HTTP {response.status}", 1)
        raise refusal(response.status, data.decode("utf-8", "replace"))

    def _written(self, request: Request) -> bytes:
        return encode(request.header, request.body, self._encoding)

    def _pdf(self, request: Request) -> bytes:
        reply = self.send(request.id, self._written(request))
        if reply.content_type == "application/pdf":
            return reply.body
        judged(Document.decode(reply.body))
        raise BadRequest(f"expected a PDF, got {reply.content_type}")
