// The Web API: login with an account, then queries as JSON.

import type { Client } from "./client.js";
import type { Node } from "./document.js";
import { Rejected } from "./errors.js";
import { type Person, qualification } from "./requests.js";

const LOGIN = "/oqs-api-pro/MSA12020/ILI12020SV01/auth";
const SEARCH = "/oqs-api-pro/MSA01030/ILI01030SV01/search";
const JSON_HEADERS = { "Content-Type": "application/json;charset=UTF-8", Accept: "application/json" };

/** A part of a JSON message: every value is a string. */
export type Members = { readonly [name: string]: string | Members | readonly Members[] };

/** The content of `XmlMsg`. */
export interface JsonMessage {
  readonly MessageHeader: { readonly [name: string]: string };
  readonly MessageBody: Members;
}

/** A session of one account. */
export class WebApi {
  private constructor(private readonly client: Client, private readonly token: string) {}

  /** Logs in; throws `LoginRefused`. `client` brings line, certificate and institution. */
  static async login(client: Client, user: string, password: string): Promise<WebApi> {
    // The names of the two members aren't public; these are onshi-mock's.
    const reply = await client.post(LOGIN, Buffer.from(JSON.stringify({ userId: user, password })), JSON_HEADERS);
    const answer = JSON.parse(reply.body.toString("utf8")) as { result: { idToken: string } };
    return new WebApi(client, answer.result.idToken);
  }

  /** 資格確認 as JSON. Throws `LoginRefused` when the token has ended. */
  async search(person: Person, day?: string): Promise<JsonMessage> {
    const request = qualification(this.client.institution, person, day);
    const message = { XmlMsg: { MessageHeader: members(request.header), MessageBody: members(request.body) } };
    // The id token stands as it is, without "Bearer".
    const headers = { ...JSON_HEADERS, Authorization: this.token };
    const reply = await this.client.post(SEARCH, Buffer.from(JSON.stringify(message)), headers);
    const answer = (JSON.parse(reply.body.toString("utf8")) as { XmlMsg: JsonMessage }).XmlMsg;
    const header = answer.MessageHeader;
    if (header["SegmentOfResult"] === "9") throw new Rejected(header["ErrorCode"] ?? "", header["ErrorMessage"] ?? "");
    return answer;
  }
}

function members(nodes: readonly Node[]): Members {
  const entries = nodes.flatMap(([name, content]): [string, string | Members][] =>
    content === undefined ? [] : [[name, typeof content === "string" ? content : members(content)]],
  );
  return Object.fromEntries(entries);
}
