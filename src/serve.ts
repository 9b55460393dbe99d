import type { Logger } from "pino";
import { systemClock } from "./clock.ts";
import { type Command, parseOptions } from "./command.ts";
import { type Config, environmentVariables, readConfig } from "./config.ts";
import { ComponentServer } from "./dapr/component-server.ts";
import { SocketError } from "./dapr/sockets.ts";
import { StateFile, StateFileError } from "./dapr/state-file.ts";
import { Delivery } from "./delivery/delivery.ts";
import { Connections } from "./dingtalk/connections.ts";
import { nextSignal } from "./signals.ts";
import { createLog } from "./telemetry/log.ts";
import { version } from "./version.ts";
import { WebhookBinding, type WebhookBindingParts } from "./webhook-binding.ts";

const help = `Usage: dingtalk-webhook serve

Serves the Dapr binding bindings.dingtalk.webhook on Unix domain sockets for daprd.
Logs JSON lines to standard output. SIGTERM and SIGINT end it gracefully.

Environment:
  DAPR_COMPONENTS_SOCKETS_FOLDER, DAPR_COMPONENT_SOCKETS_FOLDER
      Folder of the sockets, the first that is set (/tmp/dapr-components-sockets)
${environmentVariables
  .map(
    (variable) =>
      `  ${variable.name}\n      ${variable.description}${variable.default && ` (${variable.default})`}`,
  )
  .join("\n")}
  LOG_LEVEL
      trace, debug, info, warn, error, fatal or silent (info)
  HTTP_PROXY, HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS
      As usual, for the way to the robots
`;

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
    const { server, delivery } = await start(config, log);
    log.info({ folder: config.sockets.folder, names: config.sockets.names }, "ready for daprd");
    log.info({ signal: await stopSignal }, "stopping, calls in flight may finish");
    const stopped = server.stop(config.shutdownGraceMs);
    delivery.shutDown();
    await stopped;
    delivery.close();
    log.info("stopped");
    return 0;
  } catch (error) {
    if (!(error instanceof SocketError || error instanceof StateFileError)) throw error;
    log.fatal({ reason: error.message }, "cannot start");
    return 1;
  }
}

async function start(
  config: Config,
  log: Logger,
): Promise<{ server: ComponentServer; delivery: Delivery }> {
  const clock = systemClock;
  const connections = new Connections();
  const delivery = new Delivery({ connections, clock, log });
  const parts: WebhookBindingParts = { connections, delivery, siblings: new Set(), clock, log };
  const stateFile =
    config.stateFile === undefined
      ? undefined
      : await StateFile.open(config.stateFile, ({ message }) => {
          log.error({ reason: message }, "cannot keep state over a restart");
        });
  const server = new ComponentServer({
    sockets: config.sockets,
    createBinding: (instance, readers) => new WebhookBinding(instance, readers, parts),
    domain: "dingtalk",
    maxMessageBytes: config.maxMessageBytes,
    clock,
    log,
    stateFile,
  });
  await server.start();
  return { server, delivery };
}
