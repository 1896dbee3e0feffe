// The service over HTTPS.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { Document, type Encoding, encode } from "./document.js";
import { BadRequest, CertificateRefused, NotReady, OnshiError, ServiceDown, TimedOut, Untrusted, refusal } from "./errors.js";
import * as requests from "./requests.js";
import type { Person, Request } from "./requests.js";

/** The certificate of a terminal (端末認証): PEM texts, or a PKCS#12 file with its password. */
export type Identity =
  | { readonly certificate: string | Buffer; readonly key: string | Buffer }
  | { readonly pkcs12: Buffer; readonly password: string };

/** Reads two PEM files. */
export function identityFromPem(certificate: string, key: string): Identity {
  return { certificate: readFileSync(certificate), key: readFileSync(key) };
}

/** Reads a PKCS#12 file, as it comes from the certificate's download. */
export function identityFromPkcs12(file: string, password: string): Identity {
  return { pkcs12: readFileSync(file), password };
}

/** Where and as whom a client asks. */
export interface Settings {
  /** For example `https://localhost:8443`. */
  readonly service: string;
  /** 医療機関コード, 10 digits: the one of the certificate. */
  readonly institution: string;
  readonly identity?: Identity | undefined;
  /** The only authorities that are trusted, as PEM. */
  readonly ca: string | Buffer;
  /** Of requests; answers are read as they declare themselves. UTF-8 if absent. */
  readonly encoding?: Encoding;
  /** Milliseconds for one attempt; 30,000 if absent. */
  readonly timeout?: number;
  /** How often a service that is down is asked; 3 if absent. */
  readonly attempts?: number;
  /** Milliseconds after the first failure, twice as many after each further one; 500 if absent. */
  readonly pause?: number;
}

/** What came back with HTTP 200. */
export interface Reply {
  readonly contentType: string;
  readonly body: Buffer;
}

/** The real service and its networks. A test client never calls them. */
const REAL_DOMAINS = ["onshikaku.org", "oqs-pdl.org", "flets-east.jp", "flets-west.jp", "lineauth.mnw", "managedpki.ne.jp"];

/** Asks one service as one terminal. Every call opens a connection of its own. */
export class Client {
  readonly institution: string;
  private readonly url: URL;
  private readonly agent: https.Agent;

  constructor(private readonly settings: Settings) {
    this.url = new URL(settings.service);
    const host = this.url.hostname.replace(/\.$/, "").toLowerCase();
    if (this.url.protocol !== "https:") {
      throw new TypeError(`${settings.service}: expected an address such as https://localhost:8443`);
    }
    if (REAL_DOMAINS.some((domain) => host === domain || host.endsWith(`.${domain}`))) {
      throw new TypeError(`${host} belongs to the real service, which a test client never calls`);
    }
    this.institution = settings.institution;
    const identity = settings.identity;
    this.agent = new https.Agent({
      ca: settings.ca,
      minVersion: "TLSv1.2",
      ...(identity === undefined ? {} : "pkcs12" in identity
        ? { pfx: identity.pkcs12, passphrase: identity.password }
        : { cert: identity.certificate, key: identity.key }),
    });
  }

  /** 資格確認. `MessageBody/QualificationValidity` of the result says whether the person is insured. */
  qualification(person: Person, day?: string): Promise<Document> {
    return this.ask(requests.qualification(this.institution, person, day));
  }

  /** 照会番号登録. */
  registerReferenceNumber(person: Person, number: string): Promise<Document> {
    return this.ask(requests.referenceNumber(this.institution, person, number));
  }

  /** 薬剤情報 of the months `first` to `last` (`yyyyMM`). Throws `NoConsent`. */
  drugs(person: Person, first: string, last: string): Promise<Document> {
    return this.ask(requests.drugs(this.institution, person, first, last));
  }

  /** The same as PDF. */
  drugsPdf(person: Person, first: string, last: string): Promise<Buffer> {
    return this.pdf(requests.drugs(this.institution, person, first, last, true));
  }

  /** 特定健診情報. Throws `NoConsent`. */
  checkups(person: Person): Promise<Document> {
    return this.ask(requests.checkups(this.institution, person));
  }

  /** The same as PDF. */
  checkupsPdf(person: Person): Promise<Buffer> {
    return this.pdf(requests.checkups(this.institution, person, true));
  }

  /** Begins a bulk job and gives its reception number. */
  async submit(persons: readonly Person[], day?: string): Promise<string> {
    const document = await this.ask(requests.bulk(this.institution, persons, day));
    return document.text("MessageBody/ReceptionNumber") ?? "";
  }

  /** The result of a bulk job; asks each `poll` ms, for `patience` ms, then throws `NotReady`. */
  async fetch(reception: string, patience = 0, poll = 1000): Promise<Document> {
    const giveUp = performance.now() + patience;
    for (;;) {
      const document = await this.ask(requests.fetchResult(this.institution, reception));
      if (document.text("MessageHeader/SegmentOfResult") !== "2") return document;
      if (performance.now() + poll > giveUp) throw new NotReady(reception);
      await sleep(poll);
    }
  }

  /** Sends a request and reads its result. */
  async ask(request: Request): Promise<Document> {
    return requests.judged(Document.decode((await this.send(request.id, this.written(request))).body));
  }

  /**
   * Sends the bytes of a request as they are, again and again while the service is down.
   *
   * Each attempt carries the same `Idempotency-Key`, so that none begins a second job.
   */
  send(message: string, body: Uint8Array): Promise<Reply> {
    return this.post(`/oqs/${message}`, body, { "Content-Type": "application/xml", "Idempotency-Key": randomUUID() });
  }

  /** The same for any path of the service. */
  async post(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Reply> {
    const { attempts = 3, pause = 500 } = this.settings;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(path, body, headers);
      } catch (error) {
        if (!(error instanceof ServiceDown)) throw error;
        if (attempt >= attempts) throw new ServiceDown(causeOf(error), attempt, { cause: error });
        await sleep(pause * 2 ** (attempt - 1));
      }
    }
  }

  private once(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<Reply> {
    const timeout = this.settings.timeout ?? 30_000;
    const base = this.url.pathname.replace(/\/$/, "");
    return new Promise((resolve, reject) => {
      // The whole attempt, connecting and reading included.
      const signal = AbortSignal.timeout(timeout);
      const failed = (error: Error): void => {
        reject(signal.aborted ? new TimedOut(`no answer within ${timeout} ms`, headers["Idempotency-Key"]) : failure(error));
      };
      const options = { method: "POST", agent: this.agent, signal, headers: { ...headers, "Content-Length": body.length } };
      const request = https.request(new URL(base + path, this.url), options, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", failed);
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          const data = Buffer.concat(pieces);
          if (status === 200) resolve({ contentType: (response.headers["content-type"] ?? "").split(";")[0] ?? "", body: data });
          else if (status >= 500 || status === 408 || status === 429) reject(new ServiceDown(`HTTP ${status}`, 1));
          else reject(refusal(status, data.toString("utf8")));
        });
      });
      request.on("error", failed);
      request.end(body);
    });
  }

  private written(request: Request): Buffer {
    return encode(request.header, request.body, this.settings.encoding ?? "UTF-8");
  }

  private async pdf(request: Request): Promise<Buffer> {
    const reply = await this.send(request.id, this.written(request));
    if (reply.contentType === "application/pdf") return reply.body;
    requests.judged(Document.decode(reply.body));
    throw new BadRequest(`expected a PDF, got ${reply.contentType}`);
  }
}

/** OpenSSL's and Node's words for a certificate that doesn't hold. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO|CERT_|ERR_TLS_CERT_ALTNAME_INVALID/;

function failure(error: NodeJS.ErrnoException): OnshiError {
  const code = error.code ?? "";
  if (/ALERT/.test(code)) return new CertificateRefused(error.message, undefined, { cause: error });
  if (UNTRUSTED.test(code)) return new Untrusted(error.message, undefined, { cause: error });
  return new ServiceDown(error.message, 1, { cause: error });
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message;
}
