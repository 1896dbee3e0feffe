"""Messages as XML: a small tree, read from and written as UTF-8 or Shift_JIS (Windows-31J)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from typing import Literal, Union

from .errors import BadRequest

Encoding = Literal["UTF-8", "Shift_JIS"]
#: An element that is to be written: its name, and its text or what stands in it. Without text it is left out.
Node = tuple[str, Union[str, None, Sequence["Node"]]]

_CODECS = {"utf-8": "utf-8", "shift_jis": "cp932"}
_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["'][^>]*\?>""")


class Document:
    """A message that was received. Elements are found by path, since their order is not to be relied on."""

    def __init__(self, root: ElementTree.Element) -> None:
        self.root = root

    @classmethod
    def decode(cls, data: bytes) -> Document:
        """Reads a message in the encoding that its declaration names; raises ``BadRequest`` if it is none."""
        data = data.removeprefix(b"\xef\xbb\xbf")
        declaration = _DECLARATION.match(data)
        name = declaration.group(1).decode("ascii", "replace").lower() if declaration else "utf-8"
        body = data[declaration.end() :] if declaration else data
        try:
            # expat doesn't know Shift_JIS, so it gets text.
            return cls(ElementTree.fromstring(body.decode(_CODECS[name])))
        except (KeyError, UnicodeDecodeError, ElementTree.ParseError) as error:
            raise BadRequest(f"this is no message: {error}") from error

    def text(self, path: str) -> str | None:
        """The text at a path below the root, such as ``MessageHeader/SegmentOfResult``; None if there is none."""
        return self.root.findtext(path)

    def all(self, path: str) -> list[Document]:
        """Every element at a path, as a document of its own."""
        return [Document(element) for element in self.root.findall(path)]


def encode(header: Sequence[Node], body: Sequence[Node], encoding: Encoding) -> bytes:
    """Writes a request. Raises ``BadRequest`` for a character that Shift_JIS doesn't have."""
    root = ElementTree.Element("XmlMsg")
    _append(root, [("MessageHeader", header), ("MessageBody", body)])
    declaration = f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>\n'
    text = declaration + ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
    try:
        return text.encode(_CODECS[encoding.lower()])
    except UnicodeEncodeError as error:
        raise BadRequest(f"{text[error.start]!r} has no place in {encoding}") from error


def _append(parent: ElementTree.Element, nodes: Sequence[Node]) -> None:
    for name, content in nodes:
        if content is None:
            continue
        element = ElementTree.SubElement(parent, name)
        if isinstance(content, str):
            element.text = content
        else:
            _append(element, content)
