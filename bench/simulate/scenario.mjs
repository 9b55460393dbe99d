// One simulation: three replicas and their daprds, a bad way, and a sandbox that throttles.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { built } from "./built.mjs";
import { call, numbersIn, saidBy } from "./callers.mjs";
import { createClock, sleep } from "./clock.mjs";
import { count } from "./count.mjs";
import { startFaultyProxy } from "./faulty-proxy.mjs";
import { createRandom } from "./random.mjs";
import { startRedis } from "./redis.mjs";
import { startSidecar } from "./sidecar.mjs";

/**
 * @typedef {import("./callers.mjs").Offer} Offer
 * @typedef {import("./sidecar.mjs").Sidecar} Sidecar
 * @typedef {import("../../sandbox/api/types.ts").Entry} Entry
 *
 * @typedef {object} Setting
 * @property {"wait" | "digest"} overflow
 * @property {number} messages
 * @property {number} seed
 * @property {number} speed
 * @property {number} replicas
 * @property {"load" | "post" | "none"} kill in the middle of the minute, or at the first POST after that
 * @property {boolean} isShared through Redis
 * @property {boolean} standsStill whether the first replica stands still for a while
 *
 * @typedef {object} Result
 * @property {import("./count.mjs").Counts} counts
 * @property {readonly Offer[]} offers
 * @property {readonly Entry[]} entries
 * @property {number} startAt
 * @property {Kill | undefined} killed
 * @property {number} requests that the replicas made
 * @property {Record<string, number>} faults
 * @property {number} timesAlone how often a replica found Redis too slow and went on alone
 * @property {number} stallMs the longest time, simulated, in which this process did nothing
 * @property {string} folder with the replicas' logs
 *
 * @typedef {{ at: number, inFlight: number }} Kill
 */

const { startSandbox } = /** @type {typeof import("../../sandbox/server.ts")} */ (
  await built("sandbox/server")
);
const minuteMs = 60_000;
/** Every other message comes in one of so many bursts, each of which is over the budget. */
const bursts = 4;
/** When the robot's host goes away, and for how long. */
const awayAtMs = 40_000;
const awayForMs = 10_000;
const robot = { token: "simulate", secret: "SECsimulate" };
/** Longer than a replica's lease, so that the others take over what it was sending. */
const standstillMs = 20_000;
/** Whoever has no answer by then never gets one. */
const patienceMs = 90 * minuteMs;

/**
 * @param {Setting} setting
 * @returns {Promise<Result>}
 */
export async function simulate(setting) {
  const { overflow, messages, seed, speed, replicas, kill, isShared, standsStill } = setting;
  const victim = replicas - 1;
  const clockStart = { realStart: Date.now(), speed };
  const clock = createClock(clockStart);
  const random = createRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), "simulate-"));
  const redis = isShared ? await startRedis(folder) : undefined;
  const sandbox = await startSandbox({ clock, robots: [robot], random });
  /** @type {Sidecar[]} */
  const sidecars = [];
  /** @type {Kill | undefined} */
  let killed;
  let isArmed = false;
  const proxy = await startFaultyProxy({
    target: sandbox.url,
    clock,
    random: createRandom(seed + 1),
    onArrived: async (body) => {
      const isVictims = numbersIn(body).some((number) => number % replicas === victim);
      if (isArmed && isVictims) await killVictim();
    },
  });
  try {
    for (let n = 0; n < replicas; n += 1) {
      sidecars.push(await startSidecar(`replica-${n}`, { folder, clock: clockStart }));
    }
    const url = `${proxy.url}/robot/send?access_token=${robot.token}`;
    const properties = {
      ...{ id: "simulate", url, secret: robot.secret, overflow, maxWait: "90m" },
      ...(redis && { redisHost: `127.0.0.1:${redis.port}` }),
    };
    for (const sidecar of sidecars) await sidecar.init(properties);
    const startAt = clock.now();
    const stalls = monitorEventLoopDelay();
    stalls.enable();
    const { offers, calls } = offerAll(sidecars);
    await sleep(clock, minuteMs / 4);
    if (standsStill) void sidecars[0]?.standStill(standstillMs / speed);
    await sleep(clock, minuteMs / 4);
    if (kill === "load") await killVictim();
    isArmed = kill === "post";
    await sleep(clock, startAt + awayAtMs - clock.now());
    await proxy.goAway();
    await sleep(clock, awayForMs);
    await proxy.comeBack();
    await untilAnswered(calls);
    const stallMs = (stalls.max / 1e6) * speed;
    const { requests, faults } = proxy;
    const entries = await readEntries();
    const timesAlone = await countAlone();
    const counts = count(entries, offers);
    return {
      counts,
      offers,
      entries,
      startAt,
      killed,
      requests,
      faults,
      timesAlone,
      stallMs,
      folder,
    };
  } finally {
    for (const sidecar of sidecars) await sidecar.stop();
    await proxy.close();
    await sandbox.close();
    await redis?.stop();
  }

  /** @param {readonly Sidecar[]} all */
  function offerAll(all) {
    const times = Array.from({ length: messages }, (_message, n) =>
      n % 2 === 0 ? random() * minuteMs : (Math.floor(random() * bursts) * minuteMs) / bursts,
    ).sort((a, b) => a - b);
    /** @type {Offer[]} */
    const offers = times.map((_time, number) => ({
      number,
      offeredAt: Number.NaN,
      outcome: "pending",
      reason: "",
    }));
    const calls = offers.map(async (offer, number) => {
      await sleep(clock, times[saidBy(number)] ?? 0);
      offer.offeredAt = clock.now();
      const sidecar = all[number % replicas];
      if (sidecar !== undefined) await call(offer, sidecar, clock);
    });
    return { offers, calls };
  }

  /** @param {Promise<void>[]} calls */
  async function untilAnswered(calls) {
    /** @type {() => void} */
    let giveUp = () => {};
    const cancel = clock.after(patienceMs, () => giveUp());
    await Promise.race([
      Promise.all(calls),
      /** @type {Promise<void>} */ (new Promise((resolve) => (giveUp = resolve))),
    ]);
    cancel();
  }

  async function killVictim() {
    const sidecar = sidecars[victim];
    if (sidecar === undefined || killed !== undefined) return;
    isArmed = false;
    killed = { at: clock.now(), inFlight: sidecar.inFlight() };
    await sidecar.killAndRestart();
  }

  async function countAlone() {
    const logs = sidecars.map((_sidecar, n) => readFile(join(folder, `replica-${n}.log`), "utf8"));
    return (await Promise.all(logs)).join("").split("Redis is away").length - 1;
  }

  /** @returns {Promise<Entry[]>} */
  async function readEntries() {
    const response = await fetch(`${sandbox.url}/api/entries?token=${robot.token}&reveal=1`);
    return /** @type {Entry[]} */ (await response.json());
  }
}

/**
 * Removes the replicas' logs and all else that was written.
 *
 * @param {Result} result
 */
export async function forget({ folder }) {
  await rm(folder, { recursive: true, force: true });
}
