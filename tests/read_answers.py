"""Reads answer files with Python's own XML parser (expat) and prints what they hold as JSON.

Used by the system tests, so that the encoder of onshi-mock is judged by somebody else's decoder. An answer is wrong if
it starts with anything but an XML declaration (a byte order mark, say), if the declaration names another encoding than
the two of the interface, if the bytes are not in the declared encoding, or if expat does not read it.
"""

import json
import re
import sys
import xml.etree.ElementTree as etree

CODECS = {"UTF-8": "utf-8", "Shift_JIS": "cp932"}
DECLARATION = re.compile(rb'\A<\?xml version="1\.0" encoding="([A-Za-z0-9_-]+)"(?: standalone="(?:yes|no)")?\s*\?>')


def read(data):
    declaration = DECLARATION.match(data)
    if declaration is None:
        raise ValueError(f"no XML declaration at the start: {data[:60]!r}")
    declared = declaration[1].decode()
    text = data.decode(CODECS[declared])
    # expat reads UTF-8 by itself; of Shift_JIS it knows nothing, and gets the text.
    root = etree.fromstring(data if declared == "UTF-8" else text)
    if root.tag != "XmlMsg":
        raise ValueError(f"the root element is {root.tag}")
    return {"declared": declared, "leaves": list(leaves(root, ""))}


def leaves(element, path):
    for child in element:
        below = f"{path}/{child.tag}" if path else child.tag
        if len(child):
            yield from leaves(child, below)
        else:
            yield below, child.text or ""


def main():
    documents = []
    for path in sys.argv[1:]:
        with open(path, "rb") as file:
            documents.append(read(file.read()))
    json.dump(documents, sys.stdout)


main()
