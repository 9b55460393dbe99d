// What every row is played on: a sandbox as DingTalk, components, real daprds, an app.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../compare/children.mjs";
import { built } from "../simulate/built.mjs";
import { startRedis } from "../simulate/redis.mjs";
import { App } from "./app.mjs";
import { MovableClock } from "./clock.mjs";
import { startInside, startProcess } from "./components.mjs";
import { startDaprd } from "./daprd.mjs";
import { clientSecret, Human } from "./human.mjs";
import { until } from "./until.mjs";
import { startWay } from "./way.mjs";

/**
 * @typedef {object} Options
 * @property {boolean} [isProcess] the component is a process of its own, with the system's clock
 * @property {boolean} [hasRedis]
 * @property {boolean} [checksHealth] daprd looks every second whether the app is well
 * @property {boolean} [isRefused] DingTalk opens no connection at first
 * @property {number} [replicas]
 * @property {number} [robots]
 * @property {Record<string, string>} [metadata] of the component
 */

const { startSandbox } = /** @type {typeof import("../../sandbox/server.ts")} */ (
  await built("sandbox/server")
);
const reads = "daprd reads from the component";
const tokens = ["first", "second"];

/** One replica: a component and its daprd. Either can be ended and started again. */
class Replica {
  /** @type {import("./components.mjs").Component} */
  component;
  /** @type {import("./child.mjs").Child} */
  daprd;
  #start;

  /**
   * @param {{ component: () => Promise<import("./components.mjs").Component>, daprd: () => Promise<import("./child.mjs").Child> }} start
   * @param {import("./components.mjs").Component} component
   * @param {import("./child.mjs").Child} daprd
   */
  constructor(start, component, daprd) {
    this.#start = start;
    this.component = component;
    this.daprd = daprd;
  }

  async startComponent() {
    this.component = await this.#start.component();
  }

  async startDaprd() {
    this.daprd = await this.#start.daprd();
  }

  /** Ends both as a machine that loses its power. */
  async crash() {
    await Promise.all([this.component.end("SIGKILL"), this.daprd.end("SIGKILL")]);
  }

  async startBoth() {
    await this.startComponent();
    await this.startDaprd();
    await this.component.says(reads);
  }

  async end() {
    // daprd first: the end of a component would make it log for a second.
    await this.daprd.end("SIGKILL");
    await this.component.end("SIGKILL");
  }
}

/** Everything that a row sees. */
export class Stage {
  clock = new MovableClock();
  app = new App(this.clock);
  /** @type {Human[]} */
  humans = [];
  /** @type {Replica[]} */
  replicas = [];
  /** @type {Awaited<ReturnType<typeof startRedis>> | undefined} */
  redis;
  /** @type {Awaited<ReturnType<typeof startWay>> | undefined} */
  way;
  #folder = "";
  /** @type {import("../../sandbox/server.ts").Sandbox | undefined} */
  #sandbox;

  get human() {
    return first(this.humans);
  }

  get replica() {
    return first(this.replicas);
  }

  /** Path of the socket of the component. */
  get socket() {
    return join(this.#folder, "0", "s", "dingtalk.webhook.sock");
  }

  get component() {
    return this.replica.component;
  }

  /** @param {Options} options */
  async open(options) {
    const { hasRedis = false, robots = 1, replicas = 1, isRefused = false } = options;
    this.#folder = await mkdtemp(join(tmpdir(), "kill-matrix-"));
    if (hasRedis) this.redis = await startRedis(this.#folder);
    const used = tokens.slice(0, robots).map((token) => ({ token }));
    this.#sandbox = await startSandbox({ clock: this.clock, robots: used });
    this.way = await startWay(this.#sandbox.url);
    await this.app.comeUp();
    const { url } = this.#sandbox;
    this.humans = used.map(({ token }) => new Human(url, token, this.clock));
    for (const human of this.humans) {
      const clientId = clientIdOf(human.token);
      await human.configure({ mode: "stream", clientId, appSecret: clientSecret });
    }
    if (isRefused) await this.human.fault({ type: "open-status", answer: "401" }, 1000);
    const starts = Array.from({ length: replicas }, (_, n) => this.#startReplica(n, options));
    this.replicas = await Promise.all(starts);
    if (!isRefused) await this.untilConnected(replicas);
  }

  /**
   * Waits until each robot has so many connections that take messages.
   *
   * @param {number} [count]
   * @param {string} [except] id of a connection that does not count
   */
  async untilConnected(count = 1, except) {
    for (const human of this.humans) {
      await until(`${count} open connections`, async () => {
        const open = await human.connections();
        return open.filter(({ id, state }) => state === "open" && id !== except).length >= count;
      });
    }
  }

  /** Waits until the app has accepted every message that was said and that DingTalk pushed. */
  async untilTaken() {
    await until("all pushed messages are with the app", async () => {
      for (const human of this.humans) {
        const entries = await human.entries();
        if (entries.length < human.saidAt.size) return false;
        const pushed = entries.filter(({ callback }) => (callback?.pushes.length ?? 0) > 0);
        const taken = this.takenIn(human);
        if (!pushed.map(numberOf).every((number) => taken.has(number))) return false;
      }
      return true;
    });
  }

  /**
   * The messages that the app has accepted.
   *
   * @param {Human} human
   */
  takenIn({ token }) {
    const events = this.app.events.filter(({ room }) => room === token);
    return new Set(events.flatMap((e) => (e.acceptedAt === undefined ? [] : e.number)));
  }

  /** Everything that the components and the daprds of now wrote. */
  output() {
    return this.replicas.map(({ component, daprd }) => component.output() + daprd.output());
  }

  async close() {
    await Promise.all(this.replicas.map((replica) => replica.end()));
    this.way?.close();
    await this.#sandbox?.close();
    await this.app.goDown().catch(() => {});
    await this.redis?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * @param {number} index
   * @param {Options} options
   */
  async #startReplica(index, { isProcess = false, checksHealth = false, metadata = {} }) {
    const folder = join(this.#folder, `${index}`);
    const [sockets, resources] = [join(folder, "s"), join(folder, "r")];
    await mkdir(sockets, { recursive: true });
    await mkdir(resources);
    for (const { token } of this.humans) {
      const resource = JSON.stringify(this.#resource(token, metadata));
      await writeFile(join(resources, `${token}.yaml`), resource);
    }
    const metricsPort = await freePort();
    const place = { folder, sockets, resources, appPort: this.app.port, checksHealth };
    const start = {
      component: () =>
        isProcess ? startProcess(sockets, metricsPort) : startInside(sockets, this.clock),
      daprd: () => startDaprd(place),
    };
    const component = await start.component();
    const daprd = await start.daprd();
    await component.says(reads, this.humans.length);
    return new Replica(start, component, daprd);
  }

  /**
   * @param {string} name
   * @param {Record<string, string>} metadata
   */
  #resource(name, metadata) {
    const fields = {
      ...{ id: name, receive: "stream", clientId: clientIdOf(name), clientSecret },
      ...{ gatewayUrl: this.way?.url ?? "", allowedSessionHosts: this.#sandbox?.url ?? "" },
      ...{ direction: "input, output", ...metadata },
      ...(this.redis && { redisHost: `127.0.0.1:${this.redis.port}` }),
    };
    const listed = Object.entries(fields).map(([field, value]) => ({ name: field, value }));
    const spec = { type: "bindings.dingtalk.webhook", version: "v1", metadata: listed };
    return { apiVersion: "dapr.io/v1alpha1", kind: "Component", metadata: { name }, spec };
  }
}

/**
 * The number of a human's message.
 *
 * @param {import("./human.mjs").Entry} entry
 */
export function numberOf({ callback }) {
  return Number(/message (\d+)/.exec(callback?.body ?? "")?.[1]);
}

/** @param {string} token */
function clientIdOf(token) {
  return `ding${token}`;
}

/**
 * @template T
 * @param {readonly T[]} list
 * @returns {T}
 */
function first([one]) {
  if (one === undefined) throw new Error("the stage is not open");
  return one;
}
