// The exchange folders of the terminal: a request as a file in `req`, its answer in `res`.

import { readFile, readdir, rename, unlink, writeFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Document, type Encoding, encode } from "./document.js";
import { TimedOut, refusal } from "./errors.js";
import { type Request, judged } from "./requests.js";

/** The folder that holds `req` and `res`. */
export class Folders {
  /** Looks for an answer each `poll` ms and gives up after `timeout` ms. */
  constructor(
    private readonly exchangeFolder: string,
    private readonly encoding: Encoding = "Shift_JIS",
    private readonly timeout = 180_000,
    private readonly poll = 300,
  ) {}

  /** Writes a request, waits for its result, and takes it away. `name` is the free part of the file's name. */
  async ask(request: Request, name: string): Promise<Document> {
    const data = encode(request.header, request.body, this.encoding);
    return judged(Document.decode(await this.exchange(request.id, name, data)));
  }

  /**
   * The same for bytes. An `.err` throws the error that it explains.
   *
   * After `TimedOut` don't write the request again: the answer may still come, under the same name.
   */
  async exchange(message: string, name: string, data: string | Uint8Array): Promise<Buffer> {
    const [req, res] = [join(this.exchangeFolder, "req"), join(this.exchangeFolder, "res")];
    // Under another name first, so that nobody takes half a file.
    const draft = join(req, `.${name}.tmp`);
    await writeFile(draft, data);
    await rename(draft, join(req, `${message}req_${name}.xml`));
    const wanted = `${message}res_${name}`.toLowerCase();
    const giveUp = performance.now() + this.timeout;
    while (performance.now() < giveUp) {
      const found = (await readdir(res)).find((file) => parse(file).name.toLowerCase() === wanted);
      if (found !== undefined) return taken(join(res, found));
      await sleep(this.poll);
    }
    throw new TimedOut(`no answer to ${message}req_${name}.xml within ${this.timeout} ms`);
  }
}

async function taken(path: string): Promise<Buffer> {
  const data = await readFile(path);
  await unlink(path);
  if (parse(path).ext.toLowerCase() === ".err") throw refusal(0, data.toString("utf8"));
  return data;
}
