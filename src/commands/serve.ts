import { systemClock } from "../base/clock.ts";
import { PortError } from "../base/port-error.ts";
import { nextSignal } from "../base/signals.ts";
import { version } from "../base/version.ts";
import { SocketError } from "../dapr/sockets.ts";
import { StateFileError } from "../dapr/state-file.ts";
import {
  type Config,
  type EnvironmentVariable,
  environmentVariables,
  environmentWarnings,
  readConfig,
} from "../sidecar/environment.ts";
import { collectGarbage, IdleMemory } from "../sidecar/idle-memory.ts";
import { createSidecar } from "../sidecar/sidecar.ts";
import { createLog } from "../telemetry/log.ts";
import { LogOutput } from "../telemetry/log-output.ts";
import { type Command, parseOptions } from "./command.ts";

/** Time after the grace for the last answers, the bindings and the last spans. */
const tailMs = 900;
/** Time for the last lines of the log. */
const flushMs = 50;

const help = `Usage: dingtalk-webhook serve

Serves the Dapr binding bindings.dingtalk.webhook to daprd on Unix domain sockets.
Logs JSON lines to standard output, or readable lines if it is a terminal. After SIGTERM or SIGINT, calls in flight may finish.

Environment:
${environmentVariables.map(describeVariable).join("\n")}
`;

function describeVariable({ names, en, default: fallback }: EnvironmentVariable): string {
  const suffix = fallback === undefined ? "" : ` (${fallback})`;
  return `  ${names.join(", ")}\n      ${en}${suffix}`;
}

/** Serves the binding until a signal ends it. */
export const serveCommand: Command = {
  summary: "serve the binding to daprd (default)",
  help,
  reportsEnvironment: true,
  async run(args) {
    parseOptions(args, {});
    return await serve(readConfig(process.env));
  },
};

async function serve(config: Config): Promise<number> {
  const log = createLog(config.logLevel, version, await createOutput());
  // An unexpected error does not end the process. Node's own report would quote its message, which
  // may hold a secret.
  process.on("uncaughtException", (error) => log.error({ err: error }, "unexpected error"));
  for (const { variable, message } of environmentWarnings(process.env)) {
    log.warn({ variable }, message);
  }
  const stopSignal = nextSignal();
  try {
    const sidecar = await createSidecar({ ...config, env: process.env, log });
    await sidecar.start();
    const { folder, names } = config.sockets;
    log.info({ folder, names }, readyText(config));
    const idleMemory = watchMemory();
    log.info({ signal: await stopSignal }, "stopping, calls in flight may finish");
    endInTime(config.shutdownGraceMs + tailMs);
    idleMemory.stop();
    await sidecar.stop(config.shutdownGraceMs);
    log.info("stopped");
    endInTime(flushMs);
    return 0;
  } catch (error) {
    if (!isStartError(error)) throw error;
    log.fatal({ reason: error.message }, "cannot start");
    return 1;
  }
}

/** daprd looks for sockets once, when it starts. The state file spares the restart. */
function readyText({ stateFile }: Config): string {
  const exception = stateFile === undefined ? "" : ", unless the state file has its components";
  return `ready for daprd; a daprd that runs already has to be restarted${exception}`;
}

/** Ends the process whatever is still open: a robot, a collector of logs or of traces, a connection. */
function endInTime(ms: number): void {
  setTimeout(() => process.exit(0), ms).unref();
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

/** A terminal gets readable lines. Only then their formatter is loaded. */
async function createOutput(): Promise<LogOutput> {
  if (!process.stdout.isTTY) return new LogOutput();
  const { readableLines } = await import("../telemetry/readable-log.ts");
  return new LogOutput(undefined, readableLines(process.stdout.hasColors()));
}

function isStartError(error: unknown): error is Error {
  const known = [SocketError, StateFileError, PortError];
  return known.some((startError) => error instanceof startError);
}
