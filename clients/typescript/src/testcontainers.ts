// onshi-mock as a container of Testcontainers, an optional peer dependency.
//
//   const container = await new OnshiContainer("onshi-mock").start();
//   const mock = await container.connect();
//   const world = await mock.world();

import { AbstractStartedContainer, GenericContainer, type StartedTestContainer, Wait } from "testcontainers";
import { CONTAINER, OnshiMock } from "./testing.js";

/** What a container may be told beside its image. */
export interface ContainerOptions {
  /** What the admin port shall ask for, of at least 16 characters. */
  readonly token?: string;
}

/** A container of onshi-mock. Started, it is ready once everything in it listens. `image` is its name where you are. */
export class OnshiContainer extends GenericContainer {
  constructor(image: string, private readonly options: ContainerOptions = {}) {
    super(image);
    this.withExposedPorts(...CONTAINER.ports);
    this.withWaitStrategy(Wait.forHttp(CONTAINER.ready, CONTAINER.admin).forStatusCode(200));
    if (options.token !== undefined) this.withEnvironment({ ONSHI_ADMIN_TOKEN: options.token });
  }

  override async start(): Promise<StartedOnshiContainer> {
    return new StartedOnshiContainer(await super.start(), this.options);
  }
}

/** A started one. */
export class StartedOnshiContainer extends AbstractStartedContainer {
  constructor(started: StartedTestContainer, private readonly options: ContainerOptions = {}) {
    super(started);
  }

  /** The onshi-mock in it, over the ports that it was given outside. */
  connect(): Promise<OnshiMock> {
    return OnshiMock.ofContainer(this, this.options);
  }
}
