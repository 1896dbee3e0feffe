"""The certificate of a terminal (端末認証) and the TLS that presents it."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """A certificate with its chain, and its key, both as PEM. The key isn't shown."""

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)

    @classmethod
    def from_pem(cls, certificate: str | os.PathLike[str], key: str | os.PathLike[str]) -> Identity:
        """Reads two PEM files."""
        return cls(Path(certificate).read_bytes(), Path(key).read_bytes())

    @classmethod
    def from_pkcs12(cls, file: str | os.PathLike[str], password: str) -> Identity:
        """Reads a PKCS#12 file, as it comes from the certificate's download. Needs the extra ``pkcs12``."""
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.serialization import pkcs12

        key, certificate, chain = pkcs12.load_key_and_certificates(Path(file).read_bytes(), password.encode())
        if key is None or certificate is None:
            raise ValueError(f"{file}: expected a certificate and its key")
        pem = serialization.Encoding.PEM
        certificates = b"".join(each.public_bytes(pem) for each in [certificate, *chain])
        form = serialization.PrivateFormat.PKCS8
        return cls(certificates, key.private_bytes(pem, form, serialization.NoEncryption()))


def tls(ca: str | os.PathLike[str] | bytes, identity: Identity | None) -> ssl.SSLContext:
    """TLS that trusts only the authorities in a PEM file (or in PEM as bytes), and presents the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if isinstance(ca, bytes):
        context.load_verify_locations(cadata=ca.decode("ascii"))
    else:
        context.load_verify_locations(cafile=os.fspath(ca))
    if identity is not None:
        with _for_a_moment(identity.certificate_pem + b"\n" + identity.key_pem) as path:
            context.load_cert_chain(path)
    return context


@contextlib.contextmanager
def _for_a_moment(content: bytes) -> Iterator[str]:
    """``ssl`` reads keys from files only: one that only this user can read, and that is gone at once."""
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        yield path
    finally:
        os.unlink(path)
