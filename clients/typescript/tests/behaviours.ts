// Plays every behaviour against the service that the environment names, and prints a line of JSON for each.
// The list and the ground are described in tests/tests/clients of the repository.

import { AssertionError, deepStrictEqual, fail, ok, rejects } from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import * as onshi from "../src/index.js";
import { type Creation, OnshiMock, type World } from "../src/testing.js";

const env = (name: string): string => process.env[name] ?? fail(`${name} is not set`);
const home = (file: string): string => join(env("ONSHI_HOME"), file);
const institution = env("ONSHI_INSTITUTION");
const [first = "", last = ""] = env("ONSHI_MONTHS").split("-");

const taro: onshi.Person = { insurer: "06139992", symbol: "１２３", number: "４５６", branch: "00", born: "19800101" };
const hanako: onshi.Person = { insurer: "06139992", symbol: "１２３", number: "１００１", branch: "01", born: "19820202" };

const VALIDITY = "MessageBody/QualificationValidity";
const FOUND = "MessageBody/ResultList/ResultOfQualificationConfirmation";

function client(service = "ONSHI_SERVICE", changes: Partial<onshi.Settings> = {}): onshi.Client {
  const identity = onshi.identityFromPem(home("certificate.pem"), home("key.pem"));
  const ca = readFileSync(home("ca.pem"));
  return new onshi.Client({ service: env(service), institution, identity, ca, ...changes });
}

async function raises<E extends onshi.OnshiError>(kind: new (...all: never[]) => E, action: () => Promise<unknown>): Promise<E> {
  try {
    await action();
  } catch (error) {
    if ((error as Error).constructor === kind) return error as E;
    throw error;
  }
  return fail(`expected ${kind.name}`);
}

async function findsTaro(asking: onshi.Client): Promise<void> {
  const answer = await asking.qualification(taro);
  deepStrictEqual([answer.text(VALIDITY), answer.text(`${FOUND}/Name`)], ["1", "見本　太郎"]);
}

function files(folder: string): string[] {
  const found = readdirSync(folder).filter((file) => file.endsWith(".xml"));
  ok(found.length > 0, `there are files in ${folder}`);
  return found.map((file) => join(folder, file));
}

/** The answer holds what is expected beside the file. */
function holds(file: string, data: Buffer): void {
  const answer = onshi.Document.decode(data);
  for (const line of readFileSync(file.replace(/xml$/, "expected"), "utf8").trimEnd().split("\n")) {
    const [element = "", ...expected] = line.split("=");
    deepStrictEqual([file, element, answer.text(element)], [file, element, expected.join("=")]);
  }
}

const isPdf = (data: Buffer): void => deepStrictEqual(data.subarray(0, 5).toString("latin1"), "%PDF-");

const SCENARIO = `
pack: sora
about: {ja: 見本, en: Sample}
patients:
  - card: sora
    title: {ja: 見本, en: Sample}
    name: 見本　空
    kana: ﾐﾎﾝ ｿﾗ
    sex: "1"
    born: 1990-01-01
    insurance:
      - {insurer: "06139992", insurer-name: 見本健康保険組合, symbol: ９９, number: ７７７, branch: "00", relation: "1", from: 2020-04-01}
    expect: {validity: "1"}
`;
const sora: onshi.Person = { insurer: "06139992", symbol: "９９", number: "７７７", branch: "00", born: "19900101" };

/** Plays in a world of an onshi-mock of its own. */
async function inWorld(creation: Creation, play: (world: World, mock: OnshiMock) => Promise<void>): Promise<void> {
  const mock = await OnshiMock.start();
  try {
    await play(await mock.world(creation), mock);
  } finally {
    await mock.close();
  }
}

const behaviours: Record<string, () => Promise<unknown>> = {
  "pem": () => findsTaro(client()),
  "pkcs12": () => findsTaro(client("ONSHI_SERVICE", { identity: onshi.identityFromPkcs12(home("terminal.p12"), "onshi-mock") })),
  "shift-jis": async () => {
    const asking = client("ONSHI_SERVICE_SJIS", { encoding: "Shift_JIS" });
    await findsTaro(asking);
    deepStrictEqual((await asking.qualification(taro)).text("MessageHeader/CharacterCodeIdentifier"), "1");
  },
  "vectors": async () => {
    for (const file of files(env("ONSHI_VECTORS"))) holds(file, (await client().send("OQSsiquc01", readFileSync(file))).body);
  },
  "answers": async () => {
    for (const file of files(env("ONSHI_ANSWERS"))) holds(file, readFileSync(file));
  },
  "folders": async () => {
    const asking = new onshi.Folders(env("ONSHI_EXCHANGE"));
    const answer = await asking.ask(onshi.requests.qualification(institution, taro, undefined, "typescript"), "typescript_1");
    deepStrictEqual(answer.text(VALIDITY), "1");
    deepStrictEqual(answer.text("MessageHeader/ArbitraryFileIdentifier"), "typescript");
  },
  "folders-refused": () =>
    raises(onshi.BadRequest, () => new onshi.Folders(env("ONSHI_EXCHANGE")).exchange("OQSsiquc01", "typescript_2", "<XmlMsg>")),
  "bulk": async () => {
    const asking = client();
    const answer = await asking.fetch(await asking.submit([taro, hanako]), 60_000, 200);
    deepStrictEqual(answer.all("MessageBody/BulkConfirmUnit").map((unit) => unit.text("QualificationValidity")), ["1", "1"]);
  },
  "not-ready": async () => {
    const asking = client();
    const reception = await asking.submit([taro]);
    deepStrictEqual((await raises(onshi.NotReady, () => asking.fetch(reception))).reception, reception);
  },
  "reference-number": async () => {
    await client().registerReferenceNumber(taro, "0000000042");
    deepStrictEqual((await client().qualification(taro)).text(`${FOUND}/ReferenceNumber`), "0000000042");
  },
  "drugs": async () => ok((await client().drugs(taro, first, last)).all("MessageBody/MeTrMonthInf").length > 0),
  "drugs-pdf": async () => isPdf(await client().drugsPdf(taro, first, last)),
  "checkups": async () => {
    ok((await client().checkups(taro)).all("MessageBody/SpecificHealthCheckupInfo").length > 0);
    isPdf(await client().checkupsPdf(taro));
  },
  "no-consent": async () => {
    await raises(onshi.NoConsent, () => client().drugs(hanako, first, last));
    await raises(onshi.NoConsent, () => client().checkupsPdf(hanako));
  },
  "web-api": async () => {
    const session = await onshi.WebApi.login(client(), env("ONSHI_USER"), env("ONSHI_PASSWORD"));
    deepStrictEqual((await session.search(taro)).MessageBody["QualificationValidity"], "1");
  },
  "web-api-refused": () => raises(onshi.LoginRefused, () => onshi.WebApi.login(client(), env("ONSHI_USER"), "wrong")),
  "line-refused": async () => {
    const error = await raises(onshi.LineRefused, () => client("ONSHI_UNREGISTERED").qualification(taro));
    deepStrictEqual(error.label, "G102");
  },
  "certificate-refused": async () => {
    const nobody = client("ONSHI_SERVICE", { identity: undefined });
    deepStrictEqual((await raises(onshi.CertificateRefused, () => nobody.qualification(taro))).label, "C101");
  },
  "handshake-refused": () =>
    raises(onshi.CertificateRefused, () => client("ONSHI_STRICT", { identity: undefined }).qualification(taro)),
  "bad-request": async () => {
    const error = await raises(onshi.BadRequest, () => client().send("OQSsiquc01", Buffer.from("<XmlMsg>")));
    deepStrictEqual(error.label, "X913");
  },
  "rejected": async () => {
    const other = client("ONSHI_SERVICE", { institution: "1349999910" });
    deepStrictEqual((await raises(onshi.Rejected, () => other.qualification(taro))).code, "OQSX9005E");
  },
  "service-down": async () => {
    const error = await raises(onshi.ServiceDown, () => client("ONSHI_DOWN", { pause: 50 }).qualification(taro));
    deepStrictEqual(error.attempts, 3);
  },
  "service-back": () => findsTaro(client("ONSHI_FLAKY", { pause: 50 })),
  "busy": async () => {
    const shiro = { insurer: "31139991", symbol: "国見１", number: "１００４", branch: "00", born: "19850808" };
    deepStrictEqual((await client("ONSHI_SERVICE", { pause: 50 }).qualification(shiro)).text(VALIDITY), "1");
  },
  "time-out": () => raises(onshi.TimedOut, () => client("ONSHI_SILENT", { timeout: 500 }).qualification(taro)),
  "untrusted": () =>
    raises(onshi.Untrusted, () => client("ONSHI_SERVICE", { ca: readFileSync(home("other-ca.pem")) }).qualification(taro)),
  "real-service": async () => {
    const addresses = ["https://hweb.oqs.onshikaku.org", "https://HWEB.OQS-ST.ONSHIKAKU.ORG.:8443/", "http://localhost"];
    for (const service of addresses) {
      let taken = true;
      try {
        client("ONSHI_SERVICE", { service });
      } catch {
        taken = false;
      }
      ok(!taken, `${service} was taken`);
    }
  },
  "test-world": () =>
    inWorld({}, async (one, mock) => {
      const other = await (await OnshiMock.connect(mock.admin)).world();
      await findsTaro(one.client());
      const account = one.accounts.get("web-api") ?? fail("there is an account");
      await onshi.WebApi.login(one.client(), account.id, account.password);
      await raises(onshi.CertificateRefused, () => one.client({ identity: undefined }).qualification(taro));
      deepStrictEqual(await other.exchanges(), []);
    }),
  "test-container": () =>
    inWorld({}, async (known, mock) => {
      const outside = new Map([[8080, mock.admin], [8443, known.service]]);
      const getMappedPort = (port: number): number => Number(new URL(outside.get(port) ?? fail(`${port} is not asked for`)).port);
      const world = await (await OnshiMock.ofContainer({ getHost: () => "localhost", getMappedPort })).world();
      ok(world.service.startsWith("https://localhost:"));
      await findsTaro(world.client());
    }),
  "test-scenario": () =>
    inWorld({}, async (world) => {
      deepStrictEqual((await world.client().qualification(sora)).text(VALIDITY), "4");
      await world.loadScenario("sora", SCENARIO);
      deepStrictEqual((await world.client().qualification(sora)).text(VALIDITY), "1");
    }),
  "test-clock": () =>
    inWorld({ clock: { frozen: "2027-04-01T09:00:00+09:00" } }, async (world) => {
      await findsTaro(world.client());
      // Four years: a certificate lasts three years and three months.
      await world.advance("35064h");
      await raises(onshi.CertificateRefused, () => world.client().qualification(taro));
    }),
  "test-verify": () =>
    inWorld({}, async (world) => {
      await findsTaro(world.client());
      const match = { message: "OQSsiquc01", card: "employee-valid" };
      deepStrictEqual((await world.waitFor(match))[0]?.["card"], "employee-valid");
      await world.verify({ exactly: { count: 1, match } });
      await world.verify({ never: { match: { message: "YZKsiquc01" } } });
      await rejects(() => world.verify({ never: { match } }), AssertionError);
      await rejects(() => world.waitFor(match, 2, 0.1), AssertionError);
    }),
  "test-reset": () =>
    inWorld({}, async (world) => {
      const asking = world.client();
      await asking.registerReferenceNumber(taro, "0000000042");
      await world.reset();
      deepStrictEqual((await asking.qualification(taro)).text(`${FOUND}/ReferenceNumber`), undefined);
      await world.close();
      await raises(onshi.CertificateRefused, () => asking.qualification(taro));
    }),
};

for (const [behaviour, play] of Object.entries(behaviours)) {
  let result: Record<string, string> = { behaviour, outcome: "passed" };
  try {
    await play();
  } catch (error) {
    console.error(error);
    result = { behaviour, outcome: "failed", detail: String(error) };
  }
  console.log(JSON.stringify(result));
}
