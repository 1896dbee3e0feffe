// Shift_JIS as Windows writes it (Windows-31J). Node decodes it, but encodes UTF-8 only.

import { BadRequest } from "./errors.js";

let table: Map<string, Uint8Array> | undefined;

/** Encodes a text. Throws `BadRequest` for a character that has no place in Shift_JIS. */
export function encodeShiftJis(text: string): Buffer {
  table ??= reversed();
  const known = table;
  const pieces = Array.from(text, (character) => {
    const bytes = known.get(character);
    if (bytes === undefined) throw new BadRequest(`${JSON.stringify(character)} has no place in Shift_JIS`);
    return bytes;
  });
  return Buffer.concat(pieces);
}

/** Decodes every character that there is, and turns the table around. */
function reversed(): Map<string, Uint8Array> {
  const decoder = new TextDecoder("shift_jis", { fatal: true });
  const found = new Map<string, Uint8Array>();
  const add = (...bytes: number[]): void => {
    try {
      const character = decoder.decode(Uint8Array.from(bytes));
      // Of several places for one character Windows writes the first; the copies in rows 89 to 92 are left out below.
      if (!found.has(character)) found.set(character, Uint8Array.from(bytes));
    } catch {
      // Nothing stands there.
    }
  };
  for (let byte = 0; byte < 0x80; byte++) add(byte);
  for (let byte = 0xa1; byte < 0xe0; byte++) add(byte);
  const rows = (first: number, last: number): void => {
    for (let lead = first; lead <= last; lead++) {
      for (let trail = 0x40; trail <= 0xfc; trail++) if (trail !== 0x7f) add(lead, trail);
    }
  };
  rows(0x81, 0x9f);
  rows(0xe0, 0xea);
  rows(0xfa, 0xfc);
  return found;
}
