// At the reception desk: is this patient insured today? Run from the folder in which onshi-mock was started.

import { readFileSync } from "node:fs";
import { CertificateRefused, Client, LineRefused, OnshiError, ServiceDown, identityFromPem } from "../src/index.js";

const terminal = "onshi-data/institutions/1319999916-01";
const client = new Client({
  service: "https://localhost:8443",
  institution: "1319999916",
  identity: identityFromPem(`${terminal}/certificate.pem`, `${terminal}/key.pem`),
  ca: readFileSync("onshi-data/ca/root.pem"),
});
const patient = { insurer: "06139992", symbol: "１２３", number: "４５６", branch: "00", born: "19800101" };

try {
  const result = await client.qualification(patient);
  for (const found of result.all("MessageBody/ResultList/ResultOfQualificationConfirmation")) {
    console.log(found.text("Name"), found.text("InsurerName"));
  }
  console.log("validity", result.text("MessageBody/QualificationValidity"));
} catch (error) {
  if (!(error instanceof OnshiError)) throw error;
  if (error instanceof LineRefused || error instanceof CertificateRefused) console.error(`call the vendor: ${error.message}`);
  else if (error instanceof ServiceDown) console.error(`try again later: ${error.message}`);
  else console.error(error.message);
  process.exitCode = 1;
}
