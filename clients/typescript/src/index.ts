/** Reference client of the online qualification confirmation system, for tests against onshi-mock. */
export { Client, identityFromPem, identityFromPkcs12, type Identity, type Reply, type Settings } from "./client.js";
export { Document, encode, type Encoding, type Node } from "./document.js";
export * from "./errors.js";
export { Folders } from "./folders.js";
export * as requests from "./requests.js";
export type { Person, Request } from "./requests.js";
export { WebApi, type JsonMessage } from "./web-api.js";
