"""Reference client of the online qualification confirmation system, for tests against onshi-mock."""

from .client import Client, Reply
from .document import Document, Encoding, Node, encode
from .errors import (
    BadRequest,
    CertificateRefused,
    LineRefused,
    LoginRefused,
    NoConsent,
    NotReady,
    OnshiError,
    Rejected,
    ServiceDown,
    TimedOut,
    Untrusted,
)
from .folders import Folders
from .identity import Identity
from .requests import Person, Request
from .web_api import WebApi

__all__ = [
    "BadRequest", "CertificateRefused", "Client", "Document", "Encoding", "Folders", "Identity", "LineRefused",
    "LoginRefused", "NoConsent", "Node", "NotReady", "OnshiError", "Person", "Rejected", "Reply", "Request",
    "ServiceDown", "TimedOut", "Untrusted", "WebApi", "encode",
]  # fmt: skip
