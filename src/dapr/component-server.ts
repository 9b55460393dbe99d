import type { Server } from "@grpc/grpc-js";
import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import { addBindings, loadBindings } from "./bindings-proto.ts";
import { Calls } from "./calls.ts";
import { type Component, componentTypeOf } from "./component.ts";
import type { HandlerEnvironment } from "./handlers.ts";
import { outputBinding } from "./handlers.ts";
import { Health } from "./health.ts";
import { inputBinding, ReadStreams } from "./input-binding.ts";
import type { Instance } from "./instance.ts";
import { Instances } from "./instances.ts";
import { Intake } from "./intake.ts";
import { createInterceptor } from "./interceptor.ts";
import { Unsent } from "./reader.ts";
import { addReflection } from "./reflection.ts";
import { SocketServer } from "./socket-server.ts";
import {
  findSocketProblem,
  prepareSockets,
  type SocketFolder,
  type SocketPlan,
  socketPath,
} from "./sockets.ts";
import type { StateFile } from "./state-file.ts";
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

/** Health service that is NOT_SERVING while daprd does not read again after its stream was lost. */
export const readHealth = "read";
/** Health service that is NOT_SERVING while apps share a component name with different configurations. */
export const sharedNameHealth = "shared-name";
/** The app's answers come in on Read streams. daprd does not bound them. */
const maxAckBytes = 64 * 1024 * 1024;
/** Room for metadata and the rest of a message beside its data. */
const messageOverhead = 1024 * 1024;
/** How long handlers may take to end when the grace is over. */
const lastAnswersMs = 100;
/** daprd reads again within moments, or not before it is restarted. */
const readAgainMs = 30_000;
/** Time to close the bindings where the calls in flight have used the grace up. */
const shortestCloseMs = 200;

/** Offers pluggable bindings to daprd, each on its sockets. */
export class ComponentServer {
  readonly #options: ComponentServerOptions;
  readonly #plan: SocketPlan;
  readonly #calls = new Calls();
  readonly #unsent = new Unsent();
  readonly #readStreams = new ReadStreams((instance) => this.#watchReaders([instance]));
  readonly #intake: Intake;
  readonly #health = new Health();
  readonly #instances: Instances[] = [];
  readonly #servers: SocketServer[] = [];
  /** The instances that daprd read from before this process or its stream ended. */
  readonly #lost = new Set<Instance>();
  #toldLost = "";
  #stopWatching = (): void => {};
  #phase: "starting" | "serving" | "stopping" = "starting";

  constructor(options: ComponentServerOptions) {
    this.#intake = new Intake(options.clock, () =>
      this.#servers.reduce((bytes, server) => bytes + server.bytesRead, 0),
    );
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
    this.#health.setStatus(readHealth, "SERVING");
    this.#health.setStatus(sharedNameHealth, "SERVING");
    this.#watchReaders(lastRead);
    for (const service of ["", program]) this.#health.setStatus(service, "SERVING");
    for (const server of this.#servers) await server.listen();
    this.#phase = "serving";
  }

  /** Says why daprd's calls would not be answered now; undefined if they would be. */
  async findProblem(): Promise<string | undefined> {
    if (this.#phase !== "serving") return `the component is ${this.#phase}`;
    return (await findSocketProblem(this.#plan)) ?? (await this.#findStranger());
  }

  /**
   * Refuses new calls and lets those in flight finish within the grace. Then answers the rest, ends
   * the Read streams, closes the bindings, removes the sockets and cuts every connection.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock, stateFile } = this.#options;
    const until = clock.elapsed() + graceMs;
    this.#phase = "stopping";
    this.#health.setStatus("", "NOT_SERVING");
    this.#stopWatching();
    const drained = this.#calls.drain();
    await waitFor(drained, { clock, timeoutMs: graceMs });
    this.#calls.abort();
    await waitFor(drained, { clock, timeoutMs: lastAnswersMs });
    this.#calls.abandon();
    this.#readStreams.endAll();
    const timeoutMs = Math.max(until - clock.elapsed(), shortestCloseMs);
    await waitFor(this.#closeBindings(), { clock, timeoutMs });
    await Promise.all(this.#servers.map((server) => server.close()));
    await stateFile?.flush();
  }

  /** @returns the instances that daprd read from when the former process ended */
  #prepare(component: Component): Instance[] {
    const { clock, log, stateFile } = this.#options;
    const instances = new Instances({
      component,
      clock,
      log,
      stateFile,
      unsent: this.#unsent,
      endConnection: (connection) => {
        for (const server of this.#servers) server.end(connection);
      },
      onShared: (isShared) => {
        this.#health.setStatus(sharedNameHealth, isShared ? "NOT_SERVING" : "SERVING");
      },
    });
    this.#instances.push(instances);
    for (const name of component.names) {
      this.#servers.push(this.#createServer(name, component, instances));
    }
    return instances.restore(stateFile?.read() ?? []);
  }

  /**
   * Makes the server of one name. The socket's name is all that tells the type in the YAML.
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
      const input = inputBinding(environment, this.#readStreams);
      addBindings(server, input, outputBinding(environment, maxMessageBytes));
      addReflection(
        server,
        () => loadBindings().definition,
        () => instances.asked(environment.componentType),
      );
      this.#health.addToServer(server);
    };
    return new SocketServer({
      path: socketPath(this.#plan, name),
      mode: this.#plan.mode,
      maxMessageBytes: Math.max(maxAckBytes, maxMessageBytes + messageOverhead),
      clock,
      addServices,
      onClose: (connection) => instances.closed(connection),
      interceptor: createInterceptor({
        intake: this.#intake,
        domain,
        onReadFailure: (failure) => this.#readStreams.failed(failure),
      }),
    });
  }

  async #findStranger(): Promise<string | undefined> {
    for (const server of this.#servers) {
      if (!(await server.isInPlace())) return `another process took the socket ${server.path}`;
    }
    return undefined;
  }

  /** Only daprd mends an input that it lost: it reads again within moments, or not by itself. */
  #watchReaders(lost: readonly Instance[]): void {
    for (const instance of lost) this.#lost.add(instance);
    if (this.#lost.size === 0) return;
    this.#stopWatching();
    this.#stopWatching = this.#options.clock.after(readAgainMs, () => this.#judgeReaders());
  }

  #judgeReaders(): void {
    for (const instance of this.#lost) {
      const isOver = instance.isClosed || instance.readers.open.length > 0;
      if (isOver) this.#lost.delete(instance);
    }
    this.#health.setStatus(readHealth, this.#lost.size === 0 ? "SERVING" : "NOT_SERVING");
    if (this.#lost.size === 0) return;
    // An app that is healthy again lets daprd read again.
    this.#stopWatching = this.#options.clock.after(readAgainMs, () => this.#judgeReaders());
    const instances = [...this.#lost].map(({ name }) => name);
    if (this.#toldLost === instances.join()) return;
    this.#toldLost = instances.join();
    this.#options.log.warn(
      { instances },
      "daprd reads no more from these components since this process was restarted or a stream failed; restart daprd, or change their YAML, which makes daprd load them again",
    );
  }

  async #closeBindings(): Promise<void> {
    await Promise.all(this.#instances.map((instances) => instances.close()));
  }
}
