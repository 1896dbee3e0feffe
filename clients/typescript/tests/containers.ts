// What can be said of the container without an engine: how it would be started, and that a started one is used.

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

const mock = await OnshiMock.start(undefined, "--admin-token", token);
try {
  // What an engine would tell of a started container.
  const outside = new Map([[8080, Number(new URL(mock.admin).port)], [8443, 8443]]);
  const told = { getHost: () => "localhost", getMappedPort: (port: number) => outside.get(port) };
  const started = new StartedOnshiContainer(told as unknown as StartedTestContainer, { token });
  const world = await (await started.connect()).world({ name: "contained" });
  deepStrictEqual([world.name, world.service], ["contained", "https://localhost:8443"]);
} finally {
  await mock.close();
}
