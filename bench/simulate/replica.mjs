// One replica, a process of its own: the sidecar as `serve` builds it, under a faster clock.
import { built } from "./built.mjs";
import { createClock } from "./clock.mjs";

/**
 * @typedef {object} ReplicaSettings
 * @property {string} folder of its socket
 * @property {string} stateFile
 * @property {import("./clock.mjs").ClockStart} clock
 */

const { createSidecar } = /** @type {typeof import("../../src/sidecar/sidecar.ts")} */ (
  await built("src/sidecar/sidecar")
);
const { createLog } = /** @type {typeof import("../../src/telemetry/log.ts")} */ (
  await built("src/telemetry/log")
);

/** @type {ReplicaSettings} */
const settings = JSON.parse(process.argv[2] ?? "{}");
const { realStart: at, speed } = settings.clock;
const log = createLog("info", "simulated");
const sidecar = await createSidecar({
  sockets: { folder: settings.folder, names: ["dingtalk.webhook"], mode: 0o600 },
  stateFile: settings.stateFile,
  clock: createClock(settings.clock),
  sharedTime: () => ({ at, since: at, speed }),
  log,
});
await sidecar.start();
log.info("ready");
