import type { Server } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import { addBindings, loadBindings } from "./bindings-proto.ts";
import { Calls } from "./calls.ts";
import { type Component, componentTypeOf } from "./component.ts";
import { Health } from "./health.ts";
import { inputBinding, ReadStreams } from "./input-binding.ts";
import { type Instance, Instances } from "./instances.ts";
import { outputBinding } from "./output-binding.ts";
import { addReflection } from "./reflection.ts";
import { SocketServer } from "./socket-server.ts";
import {
  findSocketProblem,
  prepareSockets,
  type SocketFolder,
  type SocketPlan,
  socketPath,
  withSocketMode,
} from "./sockets.ts";
import type { StateFile } from "./state-file.ts";
import type { HandlerEnvironment } from "./unary.ts";
import { waitFor } from "./wait-for.ts";

/** What a {@link ComponentServer} is made of. */
export interface ComponentServerOptions {
  /** Name of the program. A health service of this name tells other programs who answers. */
  readonly program: string;
  readonly sockets: SocketFolder;
  /** At least one. No two have a name in common. */
  readonly components: readonly Component[];
  /** Largest message that daprd may send, in bytes. */
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Carries what daprd told over a restart of the process. */
  readonly stateFile?: StateFile | undefined;
}

/** Health service that is NOT_SERVING while daprd does not read although it did before a restart. */
export const readHealth = "read";
/** daprd reads again within moments, or not before it is restarted. */
const readAgainMs = 30_000;
/** Time to close the bindings where the calls in flight have used the grace up. */
const shortestCloseMs = 200;

/** Offers pluggable bindings to daprd, each on its sockets. */
export class ComponentServer {
  readonly #options: ComponentServerOptions;
  readonly #plan: SocketPlan;
  readonly #calls = new Calls();
  readonly #readStreams = new ReadStreams();
  readonly #health = new Health();
  readonly #instances: Instances[] = [];
  readonly #servers: SocketServer[] = [];
  #stopWatching = (): void => {};
  #phase: "starting" | "serving" | "stopping" = "starting";

  constructor(options: ComponentServerOptions) {
    this.#options = options;
    this.#plan = { ...options.sockets, names: options.components.flatMap(({ names }) => names) };
  }

  /**
   * Makes the sockets, once everything behind them is ready.
   *
   * @throws {SocketError}
   */
  async start(): Promise<void> {
    const { program, components } = this.#options;
    await prepareSockets(this.#plan);
    const lastRead = components.flatMap((component) => this.#prepare(component));
    this.#watchReaders(lastRead);
    for (const service of ["", program]) this.#health.setStatus(service, "SERVING");
    await withSocketMode(this.#plan.mode, async () => {
      for (const server of this.#servers) await server.listen();
    });
    this.#phase = "serving";
  }

  /** Says why daprd's calls would not be answered now; undefined if they would be. */
  async findProblem(): Promise<string | undefined> {
    if (this.#phase !== "serving") return `the component is ${this.#phase}`;
    return await findSocketProblem(this.#plan);
  }

  /**
   * Refuses new calls and lets those in flight finish within the grace. Then ends the Read streams,
   * closes the bindings and removes the sockets.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock, stateFile } = this.#options;
    const until = clock.elapsed() + graceMs;
    this.#phase = "stopping";
    this.#health.setStatus("", "NOT_SERVING");
    this.#stopWatching();
    await waitFor(this.#calls.drain(), { clock, timeoutMs: graceMs });
    this.#readStreams.endAll();
    const timeoutMs = Math.max(until - clock.elapsed(), shortestCloseMs);
    await waitFor(this.#closeBindings(), { clock, timeoutMs });
    await Promise.all(this.#servers.map((server) => server.close()));
    await stateFile?.flush();
  }

  /** @returns the instances that daprd read from when the former process ended */
  #prepare(component: Component): Instance[] {
    const { clock, log, stateFile } = this.#options;
    const instances = new Instances({ component, clock, log, stateFile });
    this.#instances.push(instances);
    for (const name of component.names) {
      this.#servers.push(this.#createServer(name, component, instances));
    }
    return instances.restore(stateFile?.read() ?? []);
  }

  /**
   * Makes the server of one name. Each name has a server of its own: a call does not tell which
   * socket it came through, and the socket's name is all that tells the type in the YAML.
   */
  #createServer(name: string, { domain }: Component, instances: Instances): SocketServer {
    const { clock, log, maxMessageBytes } = this.#options;
    const environment: HandlerEnvironment = {
      componentType: componentTypeOf(name),
      domain,
      instances,
      calls: this.#calls,
      log,
    };
    const addServices = (server: Server): void => {
      addBindings(server, inputBinding(environment, this.#readStreams), outputBinding(environment));
      addReflection(server, () => loadBindings().definition);
      this.#health.addToServer(server);
    };
    return new SocketServer({
      path: socketPath(this.#plan, name),
      maxMessageBytes,
      clock,
      addServices,
    });
  }

  /** daprd takes up an input that it lost with the former process when it loads the component again. */
  #watchReaders(lastRead: readonly Instance[]): void {
    this.#health.setStatus(readHealth, "SERVING");
    if (lastRead.length === 0) return;
    this.#stopWatching = this.#options.clock.after(readAgainMs, () => {
      const lost = lastRead.filter(({ readers }) => readers.open.length === 0);
      if (lost.length === 0) return;
      this.#health.setStatus(readHealth, "NOT_SERVING");
      this.#options.log.warn(
        { instances: lost.map(({ name }) => name) },
        "daprd reads no more from these components since this process was restarted; restart daprd, or change their YAML, which makes daprd load them again",
      );
    });
  }

  async #closeBindings(): Promise<void> {
    await Promise.all(this.#instances.map((instances) => instances.close()));
  }
}
