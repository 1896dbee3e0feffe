"""Prints what the subset holds, one U+XXXX a line: Windows-31J without its private use area, and the
characters that people write for some of its members or that have no place in it but stand in names of drugs."""

ASCII = set(range(0x20, 0x7F))
HALF_WIDTH_KANA = set(range(0xFF61, 0xFFA0))
LATIN_1 = set(range(0xA0, 0x100)) - {0xAD}
# 〜 — ‖ − ‾ are what other tables than Microsoft's give for ～ ― ∥ －  ̄; – • ™ ‥ appear in typed text.
OTHER = {ord(c) for c in "〜—‖−‾–•™"}


def double_byte():
    for lead in [*range(0x81, 0xA0), *range(0xE0, 0xFD)]:
        for trail in range(0x40, 0xFD):
            try:
                character = bytes([lead, trail]).decode("cp932")
            except UnicodeDecodeError:
                continue
            if len(character) == 1 and not "\ue000" <= character < "\uf900":
                yield ord(character)


for code in sorted(ASCII | HALF_WIDTH_KANA | LATIN_1 | OTHER | set(double_byte())):
    print(f"U+{code:04X}")
