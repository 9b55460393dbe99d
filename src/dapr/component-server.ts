import { createRequire } from "node:module";
import { loadPackageDefinition, Server, ServerCredentials } from "@grpc/grpc-js";
import type { Options, PackageDefinition } from "@grpc/proto-loader";
import type { Logger } from "pino";
import { isTimeUp } from "../base/cancellation.ts";
import { type Clock, withinTime } from "../base/clock.ts";
import { packageFolder } from "../base/package-folder.ts";
import type { CreateBinding } from "./binding.ts";
import { Calls } from "./calls.ts";
import type { ProtoGrpcType } from "./gen/bindings.ts";
import { Health } from "./health.ts";
import { inputBinding, ReadStreams } from "./input-binding.ts";
import { Instances } from "./instances.ts";
import { addLazily } from "./lazy-service.ts";
import { outputBinding } from "./output-binding.ts";
import { addReflection } from "./reflection.ts";
import {
  findSocketProblem,
  prepareSockets,
  type SocketPlan,
  socketPath,
  withSocketMode,
} from "./sockets.ts";
import type { StateFile } from "./state-file.ts";

/** Loaded with daprd's first call. */
const require = createRequire(import.meta.url);

/** Matches the flags of `npm run gen`, or the generated types lie. */
export const loaderOptions: Options = {
  keepCase: true,
  defaults: true,
  bytes: Buffer,
  includeDirs: [`${packageFolder}proto`],
};

const methods = {
  "/dapr.proto.components.v1.InputBinding/Init": "unary",
  "/dapr.proto.components.v1.InputBinding/Read": "bidi",
  "/dapr.proto.components.v1.InputBinding/Ping": "unary",
  "/dapr.proto.components.v1.OutputBinding/Init": "unary",
  "/dapr.proto.components.v1.OutputBinding/Invoke": "unary",
  "/dapr.proto.components.v1.OutputBinding/ListOperations": "unary",
  "/dapr.proto.components.v1.OutputBinding/Ping": "unary",
} as const;

/** `bindings.proto` as the server and the clients of the tests use it. */
export function loadBindings(): { definition: PackageDefinition; grpcTypes: ProtoGrpcType } {
  const loader: typeof import("@grpc/proto-loader") = require("@grpc/proto-loader");
  const definition = loader.loadSync("dapr/proto/components/v1/bindings.proto", loaderOptions);
  // The loader's types know nothing of the file; the generated ones are made from it.
  return { definition, grpcTypes: loadPackageDefinition(definition) as unknown as ProtoGrpcType };
}

export interface ComponentServerOptions {
  readonly sockets: SocketPlan;
  readonly createBinding: CreateBinding;
  /** First word of every error text. */
  readonly domain: string;
  readonly maxMessageBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Carries what daprd told over a restart of the process. */
  readonly stateFile?: StateFile | undefined;
}

/** Health service that is NOT_SERVING while daprd does not read any more that did before a restart. */
export const readHealth = "read";
/** daprd reads again within moments, or not before it is restarted. */
const readAgainMs = 30_000;

/** A pluggable binding on its sockets. All of them lead to the same instances. */
export class ComponentServer {
  readonly #options: ComponentServerOptions;
  readonly #calls = new Calls();
  readonly #streams = new ReadStreams();
  readonly #health = new Health();
  readonly #servers: Server[] = [];
  #loaded: ReturnType<typeof loadBindings> | undefined;
  #stopWatching = (): void => {};
  #phase: "starting" | "serving" | "stopping" = "starting";

  constructor(options: ComponentServerOptions) {
    this.#options = options;
  }

  /**
   * Offers the sockets, once everything behind them is ready.
   *
   * @throws {SocketError}
   */
  async start(): Promise<void> {
    const { sockets, createBinding, clock, log, stateFile } = this.#options;
    await prepareSockets(sockets);
    const instances = new Instances({ createBinding, clock, log, stateFile });
    this.#watchReaders(instances, instances.restore(stateFile?.read() ?? []));
    this.#health.setStatus("", "SERVING");
    // One server for each socket: a call does not tell which socket it came through, and the
    // socket's name is the only trace of the component type that daprd loaded.
    await withSocketMode(sockets.mode, async () => {
      for (const name of sockets.names) {
        const server = this.#createServer(`bindings.${name}`, instances);
        this.#servers.push(server);
        await listen(server, socketPath(sockets, name));
      }
    });
    this.#phase = "serving";
  }

  /** Why daprd's calls would not be answered now, or undefined. */
  async findProblem(): Promise<string | undefined> {
    if (this.#phase !== "serving") return `the component is ${this.#phase}`;
    return await findSocketProblem(this.#options.sockets);
  }

  /**
   * Refuses new calls, lets those in flight finish within the grace, then ends the Read streams
   * and removes the sockets.
   */
  async stop(graceMs: number): Promise<void> {
    this.#phase = "stopping";
    this.#health.setStatus("", "NOT_SERVING");
    this.#stopWatching();
    await waitFor(this.#options.clock, graceMs, this.#calls.drain());
    this.#streams.endAll();
    for (const server of this.#servers) {
      // Read streams have been ended; what is still open after a moment belongs to nobody.
      await waitFor(this.#options.clock, 200, shutdown(server));
      server.forceShutdown();
    }
    await this.#options.stateFile?.flush();
  }

  /** Only a restart of daprd mends an input that it lost with our former process. */
  #watchReaders(instances: Instances, names: readonly string[]): void {
    const lost = (): string[] =>
      names.filter((name) => instances.get(name).readers.open.length === 0);
    this.#health.setStatus(readHealth, "SERVING");
    if (names.length === 0) return;
    this.#stopWatching = this.#options.clock.after(readAgainMs, () => {
      if (lost().length === 0) return;
      this.#health.setStatus(readHealth, "NOT_SERVING");
      this.#options.log.warn(
        { instances: lost() },
        "daprd reads no more from these components since this process was restarted; restart daprd",
      );
    });
  }

  #bindings(): ReturnType<typeof loadBindings> {
    this.#loaded ??= loadBindings();
    return this.#loaded;
  }

  #createServer(componentType: string, instances: Instances): Server {
    const { domain, log, maxMessageBytes } = this.#options;
    const environment = { domain, componentType, calls: this.#calls, log };
    const server = new Server({
      "grpc.max_receive_message_length": maxMessageBytes,
      // Nobody asks for its statistics, which are kept for each call and connection.
      "grpc.enable_channelz": 0,
    });
    const input = inputBinding(instances, this.#streams, environment);
    const output = outputBinding(instances, environment);
    addLazily(server, methods, () => {
      const { InputBinding, OutputBinding } = this.#bindings().grpcTypes.dapr.proto.components.v1;
      return {
        addToServer: (to) => {
          to.addService(InputBinding.service, input);
          to.addService(OutputBinding.service, output);
        },
      };
    });
    addReflection(server, () => this.#bindings().definition);
    this.#health.addToServer(server);
    return server;
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

function shutdown(server: Server): Promise<void> {
  return new Promise((resolve) => server.tryShutdown(() => resolve()));
}

/** Waits until the work is done or the time is up. */
async function waitFor(clock: Clock, timeoutMs: number, work: Promise<void>): Promise<void> {
  await withinTime({ clock, timeoutMs }, () => work).catch(ignoreTimeUp);
}

function ignoreTimeUp(error: unknown): void {
  if (!isTimeUp({ reason: error })) throw error;
}
