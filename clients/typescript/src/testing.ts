// For tests: onshi-mock as a process or a service that is already there, and worlds in it.
//
//   const mock = await OnshiMock.start();
//   const world = await mock.world();
//   await world.client().qualification(person);
//   await world.verify({ exactly: { count: 1, match: { card: "employee-valid" } } });
//   await mock.close();
//
// Every world is a universe of its own, so tests run in parallel on one onshi-mock.

import { AssertionError } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client, type Identity, type Settings } from "./client.js";

/** What a container of onshi-mock needs. With Testcontainers there is `OnshiContainer`. */
export const CONTAINER = {
  image: "onshi-mock",
  /** The registered line. */
  service: 8443,
  /** The line that is refused. */
  unregistered: 8444,
  admin: 8080,
  ports: [8443, 8444, 8080],
  /** Path on the admin port that answers 200 once everything listens. */
  ready: "/readyz",
} as const;

/** What is asked of a started container, as Testcontainers names it. */
export interface StartedContainer {
  getHost(): string;
  getMappedPort(port: number): number;
}

/** What a new world may be told; everything may be left out. */
export interface Creation {
  readonly name?: string;
  readonly institution?: string;
  readonly institution_name?: string;
  readonly clock?: { readonly set: string } | { readonly frozen: string };
  readonly packs?: readonly string[];
  /** YAML. */
  readonly scenario?: string;
  /** Rows, as YAML. */
  readonly dialect?: string;
  readonly seed?: number;
  readonly client_key?: "p256" | "rsa2048";
}

/** Which exchanges are meant: all conditions must hold. */
export interface Match {
  readonly institution?: string;
  readonly message?: string;
  readonly card?: string;
  readonly outcome?: string;
  readonly status?: number;
  readonly refused?: string;
  readonly finding?: string;
  /** Ends of paths and the texts there; null says that there is none. */
  readonly request?: Readonly<Record<string, string | null>>;
  readonly answer?: Readonly<Record<string, string | null>>;
  /** Only exchanges with a higher number. */
  readonly after?: number;
}

/** Exactly one of these. */
export type Expectation =
  | { readonly at_least: { readonly count?: number; readonly match: Match } }
  | { readonly exactly: { readonly count?: number; readonly match: Match } }
  | { readonly never: { readonly match: Match } }
  | { readonly in_order: readonly Match[] };

/** An exchange as the journal lists it. */
export type Exchange = Readonly<Record<string, unknown>>;

/** A running onshi-mock. */
export class OnshiMock {
  private process: ChildProcess | undefined;
  private folder: string | undefined;

  private constructor(readonly admin: string, private readonly service?: string, private readonly token?: string) {}

  /** One that is already there. `service` is its address from here, where that isn't the one it knows. */
  static async connect(admin: string, options: { service?: string; token?: string } = {}): Promise<OnshiMock> {
    const mock = new OnshiMock(admin.replace(/\/$/, ""), options.service, options.token);
    await mock.call("GET", "/readyz");
    return mock;
  }

  /** One in a started container, over the ports that it was given outside. */
  static ofContainer(container: StartedContainer, options: { token?: string } = {}): Promise<OnshiMock> {
    const at = (port: number): string => `${container.getHost()}:${container.getMappedPort(port)}`;
    return OnshiMock.connect(`http://${at(CONTAINER.admin)}`, { service: `https://${at(CONTAINER.service)}`, ...options });
  }

  /** Starts one on free ports, with nothing kept. `program`, else `$ONSHI_MOCK`, else from the path. */
  static async start(program = process.env["ONSHI_MOCK"] ?? "onshi-mock", ...more: string[]): Promise<OnshiMock> {
    const folder = await mkdtemp(join(tmpdir(), "onshi-mock-"));
    const given = ["--no-terminal", ...more, "--service-port", "0", "--admin-port", "0", "--log-level", "warn"];
    const child = spawn(program, given, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    // Told once, when every port listens; without it the process has ended and said why on stderr.
    const ended = once(child, "exit").then(() => "");
    const line = once(createInterface(child.stdout), "line").then(([text]) => String(text));
    const ready = await Promise.race([line, ended]);
    const admin = /admin=(\S+)/.exec(ready)?.[1];
    if (admin === undefined) {
      await rm(folder, { recursive: true, force: true });
      throw new Error(`${program} ended with status ${child.exitCode}`);
    }
    const mock = new OnshiMock(admin);
    mock.process = child;
    mock.folder = folder;
    return mock;
  }

  /** Makes a world, with an institution, line and certificate that are ready. */
  async world(creation: Creation = {}): Promise<World> {
    return new World(this, (await this.call("POST", "/api/v1/worlds", creation)) as Created, this.service);
  }

  /** Ends the process, if it was started here. */
  async close(): Promise<void> {
    if (this.process === undefined) return;
    const ended = once(this.process, "exit");
    this.process.kill();
    await ended;
    this.process = undefined;
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }

  /** A call of the admin API. `body` is sent as JSON, or as YAML if it is a text. */
  call(method: string, path: string, body?: unknown): Promise<unknown> {
    const data = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    const headers: Record<string, string | number> = { "Content-Length": Buffer.byteLength(data) };
    if (body !== undefined) headers["Content-Type"] = typeof body === "string" ? "application/yaml" : "application/json";
    if (this.token !== undefined) headers["Authorization"] = `Bearer ${this.token}`;
    return new Promise((resolve, reject) => {
      const asking = request(this.admin + path, { method, headers, agent: false }, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(pieces).toString("utf8");
          const status = response.statusCode ?? 0;
          if (status >= 300) reject(new Error(`${method} ${path}: HTTP ${status}: ${text}`));
          else resolve(/^[{[]/.test(text) ? JSON.parse(text) : undefined);
        });
      });
      asking.on("error", reject);
      asking.end(data);
    });
  }
}

interface Created {
  readonly name: string;
  readonly institution: { readonly code: string };
  readonly line: { readonly customer_id: string; readonly service: string };
  readonly certificate: { readonly certificate_pem: string; readonly key_pem: string };
  readonly ca_pem: string;
  readonly accounts: readonly { readonly id: string; readonly role: string; readonly password: string }[];
}

/** One isolated universe: institution, people, clock, journal. */
export class World {
  readonly name: string;
  /** 医療機関コード. */
  readonly institution: string;
  /** お客さまID of the line. */
  readonly customerId: string;
  readonly service: string;
  readonly caPem: string;
  readonly identity: Identity;
  /** User id and password by role, such as `web-api`. */
  readonly accounts: ReadonlyMap<string, { readonly id: string; readonly password: string }>;

  constructor(private readonly mock: OnshiMock, created: Created, service?: string) {
    this.name = created.name;
    this.institution = created.institution.code;
    this.customerId = created.line.customer_id;
    this.service = service ?? created.line.service;
    this.caPem = created.ca_pem;
    this.identity = { certificate: created.certificate.certificate_pem, key: created.certificate.key_pem };
    this.accounts = new Map(created.accounts.map((account) => [account.role, account]));
  }

  /** A client of the institution. `changes` are settings of `Client`, such as `{ identity: undefined }`. */
  client(changes: Partial<Settings> = {}): Client {
    const { service, institution, identity } = this;
    return new Client({ service, institution, identity, ca: this.caPem, ...changes });
  }

  /** Loads a scenario, or replaces that of this name. A mistake rejects with its place. */
  async loadScenario(name: string, yaml: string): Promise<void> {
    await this.call("PUT", `/scenarios/${name}`, yaml);
  }

  /** Moves the world's clock, for example by `25h`. */
  async advance(by: string): Promise<void> {
    await this.call("POST", "/clock", { advance: by });
  }

  /** Any other change of the clock, for example `{ freeze: true }` or `{ set: "2027-01-01T00:00:00+09:00" }`. */
  async setClock(change: Readonly<Record<string, unknown>>): Promise<void> {
    await this.call("POST", "/clock", change);
  }

  /** Waits for exchanges. Fails with those that come nearest if there aren't as many within so many seconds. */
  async waitFor(match: Match, count = 1, seconds = 10): Promise<readonly Exchange[]> {
    const body = { match, count, timeout_seconds: seconds };
    const found = (await this.call("POST", "/exchanges/wait", body)) as
      { met: boolean; count: number; exchanges: Exchange[]; nearest: unknown };
    if (!found.met) {
      const message = `${found.count} of ${count} exchanges with ${JSON.stringify(match)}`;
      throw new AssertionError({ message: `${message}; nearest: ${JSON.stringify(found.nearest)}` });
    }
    return found.exchanges;
  }

  /** Fails unless the expectation holds. */
  async verify(expectation: Expectation): Promise<void> {
    const found = (await this.call("POST", "/exchanges/verify", expectation)) as
      { verdict: string; text: { en: string }; nearest: unknown };
    if (found.verdict !== "passed") {
      throw new AssertionError({ message: `${found.text.en}; nearest: ${JSON.stringify(found.nearest)}` });
    }
  }

  /** What the world has seen, newest first. */
  async exchanges(): Promise<readonly Exchange[]> {
    return ((await this.call("GET", "/exchanges")) as { exchanges: Exchange[] }).exchanges;
  }

  /** Makes the world again what it was; its certificate stays good. */
  async reset(): Promise<void> {
    await this.call("POST", "/reset");
  }

  /** Deletes the world. */
  async close(): Promise<void> {
    await this.call("DELETE", "");
  }

  private call(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.mock.call(method, `/api/v1/worlds/${this.name}${path}`, body);
  }
}
