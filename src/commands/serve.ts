import type { Logger } from "pino";
import { systemClock } from "../base/clock.ts";
import { nextSignal } from "../base/signals.ts";
import { version } from "../base/version.ts";
import { WebhookBinding, type WebhookBindingParts } from "../binding/webhook-binding.ts";
import { ComponentServer } from "../dapr/component-server.ts";
import { SocketError } from "../dapr/sockets.ts";
import { StateFile, StateFileError } from "../dapr/state-file.ts";
import { Delivery } from "../delivery/delivery.ts";
import { Connections } from "../dingtalk/connections.ts";
import {
  type Config,
  type EnvironmentVariable,
  environmentVariables,
  readConfig,
} from "../sidecar/environment.ts";
import { collectGarbage, IdleMemory } from "../sidecar/idle-memory.ts";
import { Observability } from "../sidecar/observability.ts";
import { MetricsPortError } from "../telemetry/errors.ts";
import { createLog } from "../telemetry/log.ts";
import { type Command, parseOptions } from "./command.ts";

const help = `Usage: dingtalk-webhook serve

Serves the Dapr binding bindings.dingtalk.webhook on Unix domain sockets for daprd.
Logs JSON lines to standard output. SIGTERM and SIGINT end it gracefully.

Environment:
${environmentVariables.map(describeVariable).join("\n")}
`;

function describeVariable({ names, en, default: fallback }: EnvironmentVariable): string {
  const suffix = fallback === undefined ? "" : ` (${fallback})`;
  return `  ${names.join(", ")}\n      ${en}${suffix}`;
}

/** The last spans get so long, also where calls have used the grace up. */
const shortestFlushMs = 500;

/** The sidecar. */
export const serveCommand: Command = {
  summary: "serve the binding to daprd (default)",
  help,
  async run(args) {
    parseOptions(args, {});
    return await serve(readConfig(process.env));
  },
};

async function serve(config: Config): Promise<number> {
  const log = createLog(config.logLevel, version);
  // Nothing that a caller or a robot sends may end the process; Node's own report would quote it.
  process.on("uncaughtException", (error) => log.error({ err: error }, "unexpected error"));
  const stopSignal = nextSignal();
  try {
    const { server, delivery, observability } = await start(config, log);
    log.info({ folder: config.sockets.folder, names: config.sockets.names }, "ready for daprd");
    const idleMemory = watchMemory();
    log.info({ signal: await stopSignal }, "stopping, calls in flight may finish");
    idleMemory.stop();
    const until = systemClock.now() + config.shutdownGraceMs;
    const stopped = server.stop(config.shutdownGraceMs);
    delivery.shutDown();
    await stopped;
    delivery.close();
    await observability.close(Math.max(until - systemClock.now(), shortestFlushMs));
    log.info("stopped");
    return 0;
  } catch (error) {
    if (!isStartError(error)) throw error;
    log.fatal({ reason: error.message }, "cannot start");
    return 1;
  }
}

function watchMemory(): IdleMemory {
  const idleMemory = new IdleMemory({
    clock: systemClock,
    cpuUs: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    residentBytes: () => process.memoryUsage.rss(),
    collect: collectGarbage,
  });
  idleMemory.start();
  return idleMemory;
}

function isStartError(error: unknown): error is Error {
  return [SocketError, StateFileError, MetricsPortError].some((known) => error instanceof known);
}

/** What serves, in the order in which it ends. */
interface Sidecar {
  readonly server: ComponentServer;
  readonly delivery: Delivery;
  readonly observability: Observability;
}

async function start(config: Config, log: Logger): Promise<Sidecar> {
  const clock = systemClock;
  const connections = new Connections();
  const delivery = new Delivery({ connections, clock, log });
  const siblings = new Set<WebhookBinding>();
  const stateFile =
    config.stateFile === undefined
      ? undefined
      : await StateFile.open(config.stateFile, ({ message }) => {
          log.error({ reason: message }, "cannot keep state over a restart");
        });
  const observability = await Observability.create({
    config,
    env: process.env,
    log,
    components: () => [...siblings].flatMap((binding) => binding.status()),
  });
  const { telemetry } = observability;
  const parts: WebhookBindingParts = { connections, delivery, siblings, clock, log, telemetry };
  const server = new ComponentServer({
    sockets: config.sockets,
    createBinding: (instance, readers) => new WebhookBinding(instance, readers, parts),
    domain: "dingtalk",
    maxMessageBytes: config.maxMessageBytes,
    clock,
    log,
    stateFile,
  });
  try {
    await observability.listen({ config, log }, () => server.findProblem());
    await server.start();
  } catch (error) {
    // An open port would keep a process alive that cannot start.
    await observability.close(0);
    throw error;
  }
  return { server, delivery, observability };
}
