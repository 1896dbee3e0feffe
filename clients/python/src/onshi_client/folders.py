"""The exchange folders of the terminal: a request as a file in ``req``, its answer in ``res``."""

from __future__ import annotations

import os
import time
from pathlib import Path

from .document import Document, Encoding, encode
from .errors import TimedOut, refusal
from .requests import Request, judged


class Folders:
    """The folder that holds ``req`` and ``res``."""

    def __init__(
        self,
        exchange: str | os.PathLike[str],
        *,
        encoding: Encoding = "Shift_JIS",
        timeout: float = 180.0,
        poll: float = 0.3,
    ) -> None:
        """Looks for an answer each ``poll`` seconds and gives up after ``timeout`` seconds."""
        self._exchange = Path(exchange)
        self._encoding: Encoding = encoding
        self._timeout, self._poll = timeout, poll

    def ask(self, request: Request, name: str) -> Document:
        """Writes a request, waits for its result, and takes it away. ``name`` is the free part of the file's name."""
        data = encode(request.header, request.body, self._encoding)
        return judged(Document.decode(self.exchange(request.id, name, data)))

    def exchange(self, message: str, name: str, data: bytes) -> bytes:
        """The same for bytes. An ``.err`` raises the error that it explains.

        After ``TimedOut`` don't write the request again: the answer may still come, under the same name.
        """
        req, res = self._exchange / "req", self._exchange / "res"
        # Under another name first, so that nobody takes half a file.
        draft = req / f".{name}.tmp"
        draft.write_bytes(data)
        draft.rename(req / f"{message}req_{name}.xml")
        wanted = f"{message}res_{name}".lower()
        give_up = time.monotonic() + self._timeout
        while time.monotonic() < give_up:
            for path in res.iterdir():
                if path.stem.lower() == wanted:
                    return _taken(path)
            time.sleep(self._poll)
        raise TimedOut(f"no answer to {message}req_{name}.xml within {self._timeout} s")


def _taken(path: Path) -> bytes:
    data = path.read_bytes()
    path.unlink()
    if path.suffix.lower() == ".err":
        raise refusal(0, data.decode("utf-8", "replace"))
    return data
