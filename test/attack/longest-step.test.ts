import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { Delivery } from "../../src/delivery/delivery.ts";
import { LocalLedger } from "../../src/delivery/ledger.ts";
import { SlotQueue } from "../../src/delivery/queue.ts";
import { Connections } from "../../src/dingtalk/connections.ts";
import { createMessage, type RobotMessage } from "../../src/dingtalk/message.ts";
import { createRobot } from "../../src/dingtalk/robot.ts";
import { RobotChannel } from "../../src/dingtalk/robot-channel.ts";
import { createJob, createOptions } from "../delivery/support/jobs.ts";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { jsonAnswer, startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { longestStep } from "./support/longest-step.ts";

const MiB = 1024 * 1024;

const splitting = { oversize: "split", messagesPerMinute: "20", overflow: "reject" };

/** A component of a robot that answers so, with a budget that never ends. */
async function connect(properties: Record<string, string> = {}, errmsg?: string) {
  const answer = errmsg === undefined ? { errcode: 0 } : { errcode: 310000, errmsg };
  const robot = await startRobot(jsonAnswer(answer));
  const component = await startComponent({ maxMessageBytes: 8 * MiB });
  const daprd = new DaprdClient(component.socket);
  const free = { messagesPerMinute: "0", retries: "0" };
  await daprd.init({ id: "a", url: robot.url, ...free, ...properties });
  return { component, daprd };
}

const say = (content: string, more = {}) => ({
  msgtype: "text",
  text: { content },
  ...more,
});
const markdown = (text: string): object => ({
  msgtype: "markdown",
  markdown: { title: "T", text },
});

const lengths = Array.from({ length: 128 }, (_, n) => "x".repeat(n + 1));

const people = Array.from({ length: 20_000 }, (_, index) => `${13_800_000_000 + index}`);

/** Texts of so many UTF-16 units, each the worst for another pass over the text. */
const texts: Readonly<Record<string, (size: number) => string>> = {
  words: (size) => "word ".repeat(size / 5),
  "one word": (size) => "x".repeat(size),
  "empty lines": (size) => "\n".repeat(size),
  "a table": (size) => `|a|b|\n|---|---|\n${"|1|2|\n".repeat(size / 6)}`,
  "nested items": (size) => "- a\n  - b\n    - c\n".repeat(size / 18),
  "bold words": (size) => "**a** ".repeat(size / 6),
  "blocks of code": (size) => "```\na\n```\n".repeat(size / 10),
  marks: (size) => "*a **b __c ~~d `e ".repeat(size / 18),
  "a tag without end": (size) => `<A${"-".repeat(size)}`,
  "a table's rule of blanks": (size) => `|a|b|\n|-|:-${"\t".repeat(size)}x\n`,
  brackets: (size) => "\\[".repeat(size / 2),
};

describe("no step holds the event loop over 50 ms while a component", () => {
  test.each(Object.entries(texts))("splits 380 KB of %s", async (_case, textOf) => {
    const { daprd } = await connect(splitting);
    const message = markdown(textOf(300_000));

    expect(await longestStep(() => daprd.create(message).catch(() => {}))).toBeLessThan(1);
  });
  test.each([
    ["a text", () => Buffer.from("x".repeat(4 * MiB - 100))],
    ["a message", () => Buffer.from(JSON.stringify(say("x ".repeat(2 * MiB - 100))))],
    [
      "a lenient message",
      () => Buffer.from(`{'msgtype':'text','text':{'content':'${"x".repeat(4 * MiB - 100)}'}}`),
    ],
    [
      "tokens of a lenient message",
      () => Buffer.from(`{'msgtype':'text','a':[${"'a',".repeat(95_000)}]}`),
    ],
    ["lists", () => Buffer.from(`[${"[],".repeat(1.3 * MiB)}[]]`)],
    ["another text", () => Buffer.from(JSON.stringify("{,: ".repeat(MiB - 100)))],
    [
      "a lenient message of 390 KB",
      () => Buffer.from(`{'msgtype':'text','text':{'content':'${"x ".repeat(195_000)}'}}`),
    ],
    ["a list of numbers", () => Buffer.from(`[${"65,".repeat(1.3 * MiB)}65]`)],
    ["braces", () => Buffer.from("{".repeat(4 * MiB - 100))],
    ["base64", () => Buffer.from("eyJt".repeat(MiB - 100))],
    [
      "keys",
      () => Buffer.from(`{${Array.from({ length: 300_000 }, (_, n) => `"k${n}":1`).join()}}`),
    ],
  ])("reads up to 4 MiB of %s", async (_case, create) => {
    const { daprd } = await connect(splitting);
    const data = create();

    expect
      .soft(await longestStep(() => daprd.invoke("create", data).catch(() => {})))
      .toBeLessThan(1);
  });

  test.each([
    ["at of a text", () => say("@1 ".repeat(30_000), { at: { atMobiles: people } }), {}],
    ["at of a short text", () => say("x", { at: { atMobiles: people } }), {}],
    ["ids of 128 lengths", () => say("@".repeat(18_000)), { atUserIds: lengths.join() }],
    [
      "ids of 128 lengths, with blanks",
      () => say("@x ".repeat(6000)),
      { atUserIds: lengths.join() },
    ],
    ["the metadata", () => say("x @1 ".repeat(3000)), { atMobiles: people.slice(0, 1600).join() }],
  ])("is asked for many people in %s", async (_case, create, metadata) => {
    const { daprd } = await connect(splitting);
    const message = create();

    const step = await longestStep(() => daprd.create(message, { metadata }).catch(() => {}));

    expect(step).toBeLessThan(1);
  });

  test.each(["x", "关键词", "http://a ", "\\u0041", "{", "\n"])(
    "reads an errmsg of 1 MiB of %j",
    async (piece) => {
      const { daprd } = await connect(
        {},
        piece.repeat((MiB - 100) / Buffer.byteLength(JSON.stringify(piece))),
      );

      expect(await longestStep(() => daprd.create(say("x")).catch(() => {}))).toBeLessThan(1);
    },
  );
});

/** Delivery to a robot with room for one message in 50 ms, so that the test need not wait. */
async function openDelivery() {
  const robot = await startRobot();
  const connections = new Connections({});
  const deps = { clock: systemClock, log: pino({ level: "silent" }) };
  const channel = new RobotChannel(createRobot(new URL(robot.url), undefined), {
    ...{ ...deps, connections },
  });
  Object.defineProperty(channel, "limit", { value: { windowMs: 50, underWayMs: 0 } });
  const delivery = new Delivery<RobotMessage>(deps);
  onTestFinished(() => delivery.close());
  return delivery.open("a", { channels: [channel] });
}

test("no step holds the event loop over 50 ms while digests carry 10,000 messages", async () => {
  const patient = { maxQueue: 20_000, maxWaitMs: 3_600_000 };
  const options = createOptions({ overflow: "digest", messagesPerMinute: 1, ...patient });
  const messages = Array.from({ length: 10_000 }, (_, n) => createMessage(say(`text ${n}`)));

  const step = await longestStep(async () => {
    // A run uses the minute up, so each has a delivery of its own.
    const pool = await openDelivery();
    const calls: Promise<unknown>[] = [];
    for (const message of messages) {
      calls.push(pool.deliver({ ...createJob({ options }), json: message.json, parts: [message] }));
      if (calls.length % 100 === 0) await setImmediate();
    }
    await Promise.all(calls);
  });

  expect(step).toBeLessThan(1);
});

/** A queue with so many calls that wait, and their ends. */
async function gatherCrowd(size: number) {
  const ledger = new LocalLedger(systemClock, { windowMs: 60_000, underWayMs: 0 });
  const queue = new SlotQueue(ledger, { clock: systemClock, windowMs: 60_000 });
  const options = createOptions({ maxQueue: size, maxWaitMs: 1e13, messagesPerMinute: 1 });
  const job = createJob({ options });
  const wait = () => {
    const { signal } = new AbortController();
    return queue.acquire(job, { count: 1, overflow: "wait", signal });
  };
  const [slot] = await wait();
  slot?.used();
  const ends: Promise<unknown>[] = [];
  for (let index = 0; index < size; index += 1) {
    ends.push(wait().catch(() => {}));
    if (index % 50 === 0) await setImmediate();
  }
  return { queue, ends };
}

test.each([
  ["shut down", (queue: SlotQueue) => queue.shutDown()],
  ["refused by a closed robot", (queue: SlotQueue) => void queue.report("throttled")],
])(
  "no step holds the event loop over 50 ms while 10,000 calls that wait are %s",
  async (_, end) => {
    const step = await longestStep(async () => {
      const { queue, ends } = await gatherCrowd(10_000);
      end(queue);
      await Promise.all(ends);
    });

    expect(step).toBeLessThan(1);
  },
);

const inits = Array.from({ length: 10_000 }, (_, n) => ({
  instance: `robot-${n}`,
  componentType: "dingtalk.webhook",
  direction: "output",
  properties: { id: `robot-${n}`, url: `http://127.0.0.1:1/robot/send?access_token=${n}` },
  reading: false,
}));

test("no step holds the event loop over 50 ms while a state file of 10,000 Inits is read", async () => {
  const stateFile = join(await tempFolder(), "state.json");
  await writeFile(stateFile, JSON.stringify({ version: 1, inits }), { mode: 0o600 });

  expect(await longestStep(() => startComponent({ stateFile }))).toBeLessThan(1);
});

test("no step holds the event loop over 50 ms while 10,000 instances are asked", async () => {
  const stateFile = join(await tempFolder(), "state.json");
  await writeFile(stateFile, JSON.stringify({ version: 1, inits }), { mode: 0o600 });
  const component = await startComponent({ stateFile });
  const robot = await startRobot();
  const daprd = new DaprdClient(component.socket, "robot-7");

  const step = await longestStep(async () => {
    await daprd.init({ id: "a", url: robot.url });
    await daprd.create(say("x"));
    component.status();
  });

  expect(step).toBeLessThan(1);
});
