// What can be said of the container without an engine: how it would be started, and that a started one is used; with the
// name of an image, what an engine makes of it.

import { deepStrictEqual } from "node:assert";
import type { StartedTestContainer } from "testcontainers";
import { OnshiContainer, StartedOnshiContainer } from "../src/testcontainers.js";
import { OnshiMock } from "../src/testing.js";

const token = "sixteen letters!";

/** Shows what would be asked of an engine. */
class Shown extends OnshiContainer {
  shown(): unknown {
    const { imageName, exposedPorts, environment, waitStrategy } = this;
    const { path, port } = waitStrategy as unknown as { path: string; port: number };
    return { image: imageName.string, exposedPorts, environment, path, port };
  }
}

const ready = { exposedPorts: [8443, 8444, 8080], path: "/readyz", port: 8080 };
const image = "registry.example/onshi-mock:1.0";
deepStrictEqual(new Shown(image).shown(), { image, environment: {}, ...ready });
deepStrictEqual(new Shown(image, { token }).shown(), { image, environment: { ONSHI_ADMIN_TOKEN: token }, ...ready });

const person = { insurer: "06139992", symbol: "１２３", number: "４５６", branch: "00", born: "19800101" };

/** Uses what an engine would tell of a started container. */
async function isConnected(): Promise<void> {
  const mock = await OnshiMock.start(undefined, "--admin-token", token);
  try {
    const outside = new Map([[8080, Number(new URL(mock.admin).port)], [8443, 8443]]);
    const told = { getHost: () => "localhost", getMappedPort: (port: number) => outside.get(port) };
    const started = new StartedOnshiContainer(told as unknown as StartedTestContainer, { token });
    const world = await (await started.connect()).world({ name: "contained" });
    deepStrictEqual([world.name, world.service], ["contained", "https://localhost:8443"]);
  } finally {
    await mock.close();
  }
}

async function isStarted(image: string): Promise<void> {
  for (const options of [{}, { token }]) {
    const container = await new OnshiContainer(image, options).start();
    try {
      const world = await (await container.connect()).world();
      const answer = await world.client().qualification(person);
      deepStrictEqual(answer.text("MessageBody/QualificationValidity"), "1");
      await world.verify({ exactly: { count: 1, match: { card: "employee-valid" } } });
    } finally {
      await container.stop();
    }
  }
}

const engines = process.argv[2];
await (engines === undefined ? isConnected() : isStarted(engines));
