// Messages as XML: a small tree, read from and written as UTF-8 or Shift_JIS (Windows-31J).

import { XMLParser, XMLValidator } from "fast-xml-parser";
import { BadRequest } from "./errors.js";
import { encodeShiftJis } from "./shift-jis.js";

export type Encoding = "UTF-8" | "Shift_JIS";

/** An element that is to be written: its name, and its text or what stands in it. Without text it is left out. */
export type Node = readonly [name: string, content: string | undefined | readonly Node[]];

/** What the parser makes of an element: text, or its children by name. */
type Parsed = string | { readonly [name: string]: readonly Parsed[] };

const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  // An insurer number of six digits stands behind two spaces.
  trimValues: false,
  isArray: () => true,
});

/** A message that was received. Elements are found by path, since their order is not to be relied on. */
export class Document {
  private constructor(private readonly root: Parsed) {}

  /** Reads a message in the encoding that its declaration names. Throws `BadRequest` if it is none. */
  static decode(data: Uint8Array): Document {
    const head = Buffer.from(data.subarray(0, 200)).toString("latin1");
    const declared = /<\?xml[^>]*?encoding\s*=\s*["']([^"']+)["']/.exec(head)?.[1] ?? "UTF-8";
    try {
      const text = new TextDecoder(declared.toLowerCase(), { fatal: true }).decode(data);
      const valid = XMLValidator.validate(text);
      if (valid !== true) throw new Error(`line ${valid.err.line}: ${valid.err.msg}`);
      const parsed = parser.parse(text) as { [name: string]: readonly Parsed[] };
      const root = Object.entries(parsed).find(([name]) => name !== "#text");
      return new Document(root?.[1][0] ?? "");
    } catch (error) {
      throw new BadRequest(`this is no message: ${(error as Error).message}`, undefined, { cause: error });
    }
  }

  /** The text at a path below the root, such as `MessageHeader/SegmentOfResult`. */
  text(path: string): string | undefined {
    const found = this.all(path)[0]?.root;
    return typeof found === "string" ? found : undefined;
  }

  /** Every element at a path, as a document of its own. */
  all(path: string): Document[] {
    let found: readonly Parsed[] = [this.root];
    for (const name of path.split("/")) {
      found = found.flatMap((element) => (typeof element === "string" ? [] : (element[name] ?? [])));
    }
    return found.map((element) => new Document(element));
  }
}

/** Writes a request. Throws `BadRequest` for a character that Shift_JIS doesn't have. */
export function encode(header: readonly Node[], body: readonly Node[], encoding: Encoding): Buffer {
  const content = written([["XmlMsg", [["MessageHeader", header], ["MessageBody", body]]]]);
  const text = `<?xml version="1.0" encoding="${encoding}" standalone="no"?>\n${content}`;
  return encoding === "UTF-8" ? Buffer.from(text, "utf8") : encodeShiftJis(text);
}

function written(nodes: readonly Node[]): string {
  return nodes
    .filter(([, content]) => content !== undefined)
    .map(([name, content]) => {
      const inside = typeof content === "string" ? escaped(content) : written(content as readonly Node[]);
      return `<${name}>${inside}</${name}>`;
    })
    .join("");
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
