// The table: each figure beside its rival's and the aim.
import { settingName, summarize } from "./rounds.mjs";
import { median } from "./statistics.mjs";
import { mb, megabytes, ms, signed, whole } from "./units.mjs";

/**
 * @typedef {import("./rounds.mjs").Rounds} Rounds
 *
 * @typedef {object} Row
 * @property {string} figure
 * @property {string} ours
 * @property {string} rival with its name
 * @property {string} result what the aim is about
 * @property {string} aim
 * @property {boolean | undefined} isMet undefined where there is no aim
 */

/**
 * @param {Map<string, Rounds>} results
 * @returns {Row[]}
 */
export function loadRows(results) {
  const of = (/** @type {"https" | "http"} */ scheme, /** @type {number} */ callers) =>
    results.get(settingName({ scheme, callers })) ?? [];
  const one = summarize(of("https", 1), "p50Ms");
  const sidecar = summarize(of("https", 64), "sidecarCpuUs");
  const system = summarize(of("https", 64), "systemCpuUs");
  const opened = summarize(of("https", 64), "connectionsPerThousand");
  return [
    rateRow("Sends per second over HTTPS, 64 callers", of("https", 64), 2.46),
    rateRow("Sends per second over HTTPS, 16 callers", of("https", 16), 1.99),
    p99Row("p99 over HTTPS, 64 callers", of("https", 64), 0.61),
    rateRow("Sends per second over plain HTTP, 64 callers", of("http", 64), 0.75),
    addedRow("One caller over HTTPS, median", one, { rivalName: "built-in", most: 0.3 }),
    cpuRow("CPU time per message, 64 callers: daprd and component", sidecar),
    cpuRow("CPU time per message, 64 callers: with the robot", system),
    {
      figure: "TLS connections opened for 1,000 messages, 64 callers",
      ours: whole(opened.ours),
      rival: `built-in ${whole(opened.rival)}`,
      result: whole(opened.ours),
      aim: "–",
      isMet: undefined,
    },
  ];
}

/**
 * @param {string} figure
 * @param {Rounds} rounds
 * @param {number} least
 * @param {string} [rivalName]
 * @returns {Row}
 */
function rateRow(figure, rounds, least, rivalName = "built-in") {
  const { ours, rival, ratio } = summarize(rounds, "perSecond");
  return {
    figure,
    ours: `${whole(ours)}/s`,
    rival: `${rivalName} ${whole(rival)}/s`,
    result: `${ratio.toFixed(2)} ×`,
    aim: `≥ ${least} ×`,
    isMet: ratio >= least,
  };
}

/**
 * @param {string} figure
 * @param {Pick<ReturnType<typeof summarize>, "ours" | "rival" | "added">} summary in milliseconds
 * @param {{ rivalName: string, most: number }} options
 * @returns {Row}
 */
function addedRow(figure, { ours, rival, added }, { rivalName, most }) {
  return {
    figure,
    ours: ms(ours),
    rival: `${rivalName} ${ms(rival)}`,
    result: signed(added, ms),
    aim: `≤ ${most.toFixed(2)} ms more`,
    isMet: added <= most,
  };
}

/**
 * @param {string} figure
 * @param {Rounds} rounds
 * @param {number} most
 * @param {string} [rivalName]
 * @returns {Row}
 */
function p99Row(figure, rounds, most, rivalName = "built-in") {
  const { ours, rival, ratio } = summarize(rounds, "p99Ms");
  return {
    figure,
    ours: ms(ours),
    rival: `${rivalName} ${ms(rival)}`,
    result: `${ratio.toFixed(2)} ×`,
    aim: `≤ ${most} ×`,
    isMet: ratio <= most,
  };
}

/**
 * @param {string} figure
 * @param {ReturnType<typeof summarize>} summary
 * @param {{ rivalName?: string, most?: number }} [options]
 * @returns {Row}
 */
function cpuRow(figure, { ours, rival, ratio }, { rivalName = "built-in", most } = {}) {
  return {
    figure,
    ours: `${whole(ours)} µs`,
    rival: `${rivalName} ${whole(rival)} µs`,
    result: `${ratio.toFixed(2)} ×`,
    aim: most === undefined ? "–" : `≤ ${most} ×`,
    isMet: most === undefined ? undefined : ratio <= most,
  };
}

/**
 * @param {{ ours: number[], bare: number[] }} starts milliseconds
 * @returns {Row}
 */
export function startRow({ ours, bare }) {
  return ratioRow(
    startFigure,
    { ours, rival: bare },
    { most: 2.2, name: "`node -e 0`", write: wholeMs },
  );
}

const startFigure = "Start to first socket answering";

/** @param {number} value */
function wholeMs(value) {
  return `${whole(value)} ms`;
}

/** What a build may lose against a former one. */
const mostLost = 0.05;

/**
 * @param {import("./former.mjs").Former} former
 * @returns {Row[]}
 */
export function formerRows({ loads, starts, unshared }) {
  const of = (/** @type {"https" | "http"} */ scheme, /** @type {number} */ callers) =>
    loads.get(settingName({ scheme, callers })) ?? [];
  const [least, most, name] = [1 - mostLost, 1 + mostLost, "other build"];
  return [
    rateRow("Sends per second over HTTPS, 64 callers", of("https", 64), least, name),
    rateRow("Sends per second over HTTPS, 16 callers", of("https", 16), least, name),
    rateRow("Sends per second over HTTPS, one caller", of("https", 1), least, name),
    rateRow("Sends per second over plain HTTP, 64 callers", of("http", 64), least, name),
    p99Row("p99 over HTTPS, 64 callers", of("https", 64), most, name),
    ratioRow(startFigure, starts, { most, name, write: wholeMs }),
    ratioRow(unsharedFigure, unshared, { most, name, write: mb }),
  ];
}

/**
 * @param {string} figure
 * @param {Record<"ours" | "rival", number[]>} values in pairs
 * @param {{ most: number, name: string, write: (value: number) => string }} options
 * @returns {Row}
 */
function ratioRow(figure, { ours, rival }, { most, name, write }) {
  const ratio = median(ours.map((value, index) => value / (rival[index] ?? Number.NaN)));
  return {
    figure,
    ours: write(median(ours)),
    rival: `${name} ${write(median(rival))}`,
    result: `${ratio.toFixed(2)} ×`,
    aim: `≤ ${most} ×`,
    isMet: ratio <= most,
  };
}

/**
 * @param {Awaited<ReturnType<typeof import("./memory.mjs").measureIdle>>} idle
 * @returns {Row[]}
 */
export function idleRows({ ours, bare }) {
  return [
    addedMemoryRow("Resident memory, idle", [ours.resident, bare.resident]),
    addedMemoryRow(unsharedFigure, [ours.unshared, bare.unshared], 20),
  ];
}

const unsharedFigure = "Memory at rest that no other process shares (USS)";

/**
 * @param {string} figure
 * @param {readonly [number[], number[]]} kib of ours and of a bare Node
 * @param {number} [most] megabytes
 * @returns {Row}
 */
function addedMemoryRow(figure, [ours, bare], most) {
  const added = median(ours) - median(bare);
  return {
    figure,
    ours: mb(median(ours)),
    rival: `idle node ${mb(median(bare))}`,
    result: `+ ${mb(added)}`,
    aim: most === undefined ? "–" : `≤ ${most} MB more`,
    isMet: most === undefined ? undefined : megabytes(added) <= most,
  };
}

/**
 * @param {Awaited<ReturnType<typeof import("./memory.mjs").measureManySends>>} many
 * @returns {Row[]}
 */
export function manySendsRows({ idleKib, afterKib, samples }) {
  const sends = samples.at(-1)?.sent ?? 0;
  return [
    {
      figure: `Resident memory, idle again after ${whole(sends)} sends`,
      ours: mb(afterKib),
      rival: `our own idle ${mb(idleKib)}`,
      result: `+ ${mb(afterKib - idleKib)}`,
      aim: "≤ 40 MB more",
      isMet: megabytes(afterKib - idleKib) <= 40,
    },
    flatRow("The same while it sends, last quarter of the sends", samples),
  ];
}

/**
 * @param {string} figure
 * @param {readonly { residentKib: number }[]} samples
 * @returns {Row}
 */
function flatRow(figure, samples) {
  const resident = samples.map(({ residentKib }) => residentKib);
  const half = Math.floor(resident.length / 2);
  const middle = Math.floor((half + resident.length) / 2);
  const [third = Number.NaN, last = Number.NaN] = [
    resident.slice(half, middle),
    resident.slice(middle),
  ].map(median);
  return {
    figure,
    ours: mb(last),
    rival: `the quarter before ${mb(third)}`,
    result: signed(last - third, mb),
    aim: "flat (≤ 2 % more)",
    isMet: last <= third * 1.02,
  };
}

/**
 * @param {number} kib
 * @returns {Row}
 */
export function instanceRow(kib) {
  return {
    figure: "Each further component instance (Init in and out)",
    ours: `${kib.toFixed(1)} KB`,
    rival: "–",
    result: `${kib.toFixed(1)} KB`,
    aim: "≤ 30 KB",
    isMet: kib <= 30,
  };
}

/**
 * @param {Awaited<ReturnType<typeof import("./redis-load.mjs").measureRedis>>} redis
 * @returns {Row[]}
 */
export function redisRows({ commands, rounds }) {
  const of = (/** @type {number} */ callers) =>
    rounds.get(settingName({ scheme: "https", callers })) ?? [];
  const rivalName = "without";
  return [
    commandsRow("Redis commands for a message without a limit", commands.unlimited),
    commandsRow("Redis commands for a message with a limit", commands.limited),
    rateRow("Sends per second with Redis, 16 callers", of(16), 0.7, rivalName),
    addedRow("One caller with Redis, median", summarize(of(1), "p50Ms"), { rivalName, most: 0.25 }),
    cpuRow(
      "CPU time per message of the component with Redis, 16 callers",
      summarize(of(16), "sidecarCpuUs"),
      { rivalName, most: 1.6 },
    ),
  ];
}

/**
 * @param {string} figure
 * @param {import("./redis-load.mjs").Commands} commands
 * @returns {Row}
 */
function commandsRow(figure, { before, after, names }) {
  return {
    figure,
    ours: names,
    rival: "–",
    result: `${decimal(before)} before the POST, ${decimal(after)} after it`,
    aim: "≤ 1 before, ≤ 1 after",
    // Other commands, such as the renewal of a lease, come once in a while.
    isMet: before <= 1.05 && after <= 1.05,
  };
}

/**
 * @param {import("./queue.mjs").QueueFigures} figures
 * @returns {Row[]}
 */
export function queueRows(figures) {
  const sizes = [...figures.keys()];
  const of = (/** @type {"admitUs" | "abortUs" | "serveUs" | "endUs"} */ what) => {
    const at = (/** @type {number} */ size) => figures.get(size)?.[what] ?? Number.NaN;
    const usual = Math.max(...[4000, 16_000, 32_000].map(at));
    return { values: sizes.map(at), usual, ratio: at(100_000) / at(1000) };
  };
  const waiting = sizes.map(whole).join(" / ");
  const row = (
    /** @type {string} */ name,
    /** @type {ReturnType<typeof of>} */ { values, usual, ratio },
    mostUs = Number.POSITIVE_INFINITY,
  ) => ({
    figure: `${name}, with ${waiting} that wait`,
    ours: `${values.map(decimal).join(" / ")} µs`,
    rival: "–",
    result: `${ratio.toFixed(2)} × from 1,000 to 100,000`,
    aim:
      mostUs === Number.POSITIVE_INFINITY
        ? "flat (≤ 1.5 ×)"
        : `≤ ${mostUs} µs up to 32,000, ≤ 1.5 ×`,
    isMet: usual <= mostUs && ratio <= 1.5,
  });
  const longest = figures.get(100_000)?.longestStepMs ?? Number.NaN;
  return [
    row("One more waiting call", of("admitUs"), 10),
    row("One waiting call that is served", of("serveUs")),
    row("One caller in the middle who cancels", of("abortUs")),
    row("One waiting call that is refused at shutdown", of("endUs")),
    {
      figure: "Longest step of the event loop while 100,000 waiting calls are refused",
      ours: ms(longest),
      rival: "–",
      result: ms(longest),
      aim: "≤ 50 ms",
      isMet: longest <= 50,
    },
  ];
}

/** @param {number} value */
function decimal(value) {
  return value.toFixed(value < 9.95 ? 1 : 0);
}

/**
 * @param {import("./receiving.mjs").Receiving} receiving
 * @returns {Row[]}
 */
export function receivingRows({ rounds, samples }) {
  const ways = /** @type {const} */ (["callback", "stream"]);
  const rates = ways.flatMap((way) =>
    [...rounds].map(([inFlight, of]) => receivedRow(way, inFlight, of)),
  );
  const latencies = ways.map((way) => {
    const of = rounds.get(1) ?? [];
    const middle = (/** @type {"callback" | "stream" | "plain"} */ name) =>
      median(of.map((round) => round[name].p50Ms));
    const added = median(of.map((round) => round[way].p50Ms - round.plain.p50Ms));
    return addedRow(
      `One event by ${way} to the app and back, median`,
      { ours: middle(way), rival: middle("plain"), added },
      { rivalName: "plain server", most: 1 },
    );
  });
  const figure = `Resident memory while it receives ${whole(samples.at(-1)?.sent ?? 0)} events, last quarter`;
  return [...rates, ...latencies, flatRow(figure, samples)];
}

/**
 * @param {"callback" | "stream"} way
 * @param {number} inFlight
 * @param {import("./receiving.mjs").ReceivingRounds} rounds
 * @returns {Row}
 */
function receivedRow(way, inFlight, rounds) {
  const middle = (/** @type {"callback" | "stream" | "plain"} */ name) =>
    median(rounds.map((round) => round[name].perSecond));
  const ratio = median(rounds.map((round) => round[way].perSecond / round.plain.perSecond));
  return {
    figure: `Events per second by ${way}, ${inFlight} in flight`,
    ours: `${whole(middle(way))}/s`,
    rival: `plain server ${whole(middle("plain"))}/s`,
    result: `${ratio.toFixed(2)} ×`,
    aim: "–",
    isMet: undefined,
  };
}

/**
 * @param {{ get: number[], stream: number[] }} kib
 * @returns {Row}
 */
export function streamMemoryRow({ get, stream }) {
  const added = median(stream) - median(get);
  return {
    figure: "Resident memory, idle, with a stream",
    ours: mb(median(stream)),
    rival: `without a stream ${mb(median(get))}`,
    result: signed(added, mb),
    aim: "≤ 3 MB more",
    isMet: megabytes(added) <= 3,
  };
}

/**
 * @param {readonly import("./scale.mjs").ScaleFigure[]} figures
 * @returns {Row[]}
 */
export function scaleRows(figures) {
  const counts = [...new Set(figures.map(({ components }) => components))];
  const growth = `from ${whole(counts[0] ?? 0)} to ${whole(counts.at(-1) ?? 0)}`;
  const perReplicas = [...new Set(figures.map(({ replicas }) => replicas))].flatMap((replicas) => {
    const of = figures.filter((figure) => figure.replicas === replicas);
    const [first, last] = [of[0], of.at(-1)];
    if (first === undefined || last === undefined) return [];
    const name = `${counts.map(whole).join(" / ")} components and robots, ${replicas} replica${replicas === 1 ? "" : "s"}`;
    const ratio = last.messageUs / first.messageUs;
    const added = (last.residentKib - first.residentKib) / Math.max(last.components - 1, 1);
    return [
      {
        figure: `CPU time per message with ${name}`,
        ours: `${of.map(({ messageUs }) => whole(messageUs)).join(" / ")} µs`,
        rival: "–",
        result: `${ratio.toFixed(2)} × ${growth}`,
        aim: "flat (≤ 1.5 ×)",
        isMet: ratio <= 1.5,
      },
      {
        figure: `Resident memory of a replica with ${name}`,
        ours: of.map(({ residentKib }) => mb(residentKib)).join(" / "),
        rival: "–",
        result: `${added.toFixed(1)} KB for each component`,
        aim: "≤ 30 KB",
        isMet: added <= 30,
      },
    ];
  });
  const middle = (
    /** @type {Exclude<keyof import("./scale.mjs").ScaleFigure, "replicas">} */ name,
  ) => median(figures.map((figure) => figure[name]));
  const redis = [
    ["Commands to Redis for a message", decimal(middle("commandsPerMessage"))],
    ["Commands to Redis of a replica at rest", `${whole(middle("idlePerMinute"))} a minute`],
    ["Connections to Redis of a replica", decimal(middle("connections"))],
    ["Memory of Redis for a connection", `${whole(middle("connectionBytes") / 1000)} KB`],
    ["Memory of Redis for a message that it remembers", `${whole(middle("redisBytes"))} bytes`],
  ];
  const plain = redis.map(([figure = "", ours = ""]) => {
    return { figure, ours, rival: "–", result: ours, aim: "–", isMet: undefined };
  });
  return [...perReplicas, ...plain];
}

/**
 * @param {readonly import("./scale.mjs").ReloadSample[]} samples
 * @returns {Row[]}
 */
export function reloadRows(samples) {
  const quarter = Math.floor(samples.length / 4);
  const [second, last] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)];
  const kinds = /** @type {const} */ ([
    ["heapKib", "Heap after a garbage collection", mb, 1000],
    ["residentKib", "Resident memory", mb, 5000],
    ["targets", "Robots that are remembered", whole, 5],
    ["series", "Series of the metrics", whole, 500],
    ["connections", "Connections to the robot", whole, 1],
  ]);
  return kinds.map(([name, what, unit, most]) => {
    const [before, after] = [second, last].map((of) => median(of.map((sample) => sample[name])));
    const growth = (after ?? Number.NaN) - (before ?? Number.NaN);
    return {
      figure: `${what} in ${whole(samples.length)} minutes of a reload a second, last quarter`,
      ours: unit(after ?? Number.NaN),
      rival: `the second quarter ${unit(before ?? Number.NaN)}`,
      result: signed(growth, unit),
      aim: `flat (≤ ${unit(most)} more)`,
      isMet: growth <= most,
    };
  });
}
