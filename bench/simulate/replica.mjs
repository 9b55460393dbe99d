// One replica, a process of its own: the sidecar as `serve` builds it, under a faster clock.
import { built } from "./built.mjs";
import { createClock } from "./clock.mjs";

/**
 * @typedef {object} ReplicaSettings
 * @property {string} folder of its socket
 * @property {string} stateFile
 * @property {import("./clock.mjs").ClockStart} clock
 */

const { ComponentServer } = /** @type {typeof import("../../src/dapr/component-server.ts")} */ (
  await built("src/dapr/component-server")
);
const { StateFile } = /** @type {typeof import("../../src/dapr/state-file.ts")} */ (
  await built("src/dapr/state-file")
);
const { Delivery } = /** @type {typeof import("../../src/delivery/delivery.ts")} */ (
  await built("src/delivery/delivery")
);
const { Connections } = /** @type {typeof import("../../src/dingtalk/connections.ts")} */ (
  await built("src/dingtalk/connections")
);
const { createLog } = /** @type {typeof import("../../src/telemetry/log.ts")} */ (
  await built("src/telemetry/log")
);
const { WebhookBinding } = /** @type {typeof import("../../src/binding/webhook-binding.ts")} */ (
  await built("src/binding/webhook-binding")
);

/** @type {ReplicaSettings} */
const settings = JSON.parse(process.argv[2] ?? "{}");
const clock = createClock(settings.clock);
const log = createLog("info", "simulated");
const connections = new Connections();
const { realStart: at, speed } = settings.clock;
const sharedTime = () => ({ at, since: at, speed });
/** @type {import("../../src/delivery/delivery.ts").Delivery<import("../../src/dingtalk/message.ts").RobotMessage>} */
const delivery = new Delivery({ clock, log, sharedTime });
const siblings = new Set();
const parts = { connections, delivery, siblings, clock, log };
const stateFile = await StateFile.open(settings.stateFile, (error) => {
  throw error;
});
const server = new ComponentServer({
  sockets: { folder: settings.folder, names: ["dingtalk.webhook"], mode: 0o600 },
  createBinding: (instance, readers) => new WebhookBinding(instance, readers, parts),
  domain: "dingtalk",
  maxMessageBytes: 4 * 1024 * 1024,
  clock,
  log,
  stateFile,
});
await server.start();
log.info("ready");
