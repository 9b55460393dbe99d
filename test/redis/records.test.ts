import { describe, expect, test } from "vitest";
import type { Message } from "../../src/delivery/channel.ts";
import { NotSentError } from "../../src/delivery/errors.ts";
import type { Job } from "../../src/delivery/job.ts";
import type { MessageRecord } from "../../src/delivery/record.ts";
import { createScript } from "../../src/delivery/redis/redis-script.ts";
import { SharedPosts } from "../../src/delivery/redis/shared-posts.ts";
import { SharedRecords } from "../../src/delivery/redis/shared-records.ts";
import { Repeats } from "../../src/delivery/repeats.ts";
import { explainErrcode } from "../../src/dingtalk/errcodes.ts";
import { RobotRefusedError, RobotUnreachableError } from "../../src/dingtalk/errors.ts";
import { createJob, createScope } from "../delivery/support/jobs.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import {
  type Connected,
  connectTo,
  everything,
  type RedisServer,
  startNode,
  startRedis,
} from "./support/redis-server.ts";

const scope = "alerts https://robot/send?access_token=a-secret-token";
const keyed = createJob({ appKey: "order-7" });
const unkeyed = createJob();
const sent = async (): Promise<void> => {};
const lostAnswer = new RobotUnreachableError("timeout", { message: "", mayHaveArrived: true });

function refusal(errcode: number, errmsg = ""): RobotRefusedError {
  const explained = explainErrcode(errcode, errmsg) ?? expect.fail("no refusal");
  return new RobotRefusedError(explained, { errcode, errmsg });
}

const anything = createScript("return 1");

type Work = (signal: AbortSignal) => Promise<void>;

/** A replica; `posted` lists the msgUuid of each message that it sends itself. */
function replica({ redis }: Connected, clock: FakeClock, posted: string[]) {
  let uuids = 0;
  const name = Math.random().toString(36).slice(2);
  const repeats = new Repeats(clock, () => `${name}-${++uuids}`);
  const records = new SharedRecords(redis, clock);
  let configuredAt = 0;
  const send = (job: Job<Message>, work: Work = sent): Promise<void> =>
    repeats.run(job, createScope({ scope, configuredAt, records }), {
      send: ({ msgUuid, signal }) => {
        posted.push(msgUuid);
        return work(signal);
      },
    });
  const configure = (): void => {
    configuredAt = clock.elapsed();
  };
  const sendRecord = (job: Job<Message>, send: (record: MessageRecord) => Promise<void>) =>
    repeats.run(job, createScope({ scope, configuredAt, records }), { send });
  return { configure, send, sendRecord, posted };
}

const replicas = async () => await replicasAt(await startRedis());

async function replicasAt<Server extends RedisServer>(server: Server) {
  const clock = new FakeClock();
  const posted: string[] = [];
  const [a, b] = [connectTo(server, {}, clock), connectTo(server, {}, clock)];
  return {
    server,
    clock,
    posted,
    a,
    first: replica(a, clock, posted),
    second: replica(b, clock, posted),
  };
}

/** Lets the clock run until the promise has settled, with room for Redis to answer in between. */
async function whileTimePasses<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isDone = false;
  const done = promise.finally(() => {
    isDone = true;
  });
  done.catch(() => {});
  await eventually(() => {
    clock.advance(200);
    return isDone || undefined;
  });
  return await done;
}

/** Work that ends when it is told to. */
function pending() {
  let finish = (): void => {};
  const work = (): Promise<void> => new Promise((resolve) => (finish = resolve));
  return { work, finish: () => finish() };
}

/** Work that waits until it is told to stop. */
const untilAborted: Work = (signal) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new NotSentError("cancelled")));
  });

describe("a message that another replica", () => {
  test("has sent is not sent again under the app's key", async () => {
    const { posted, first, second } = await replicas();
    await first.send(keyed);

    await second.send(keyed);

    expect(posted).toEqual(["order-7"]);
  });

  test("sends now is waited for under the app's key", async () => {
    const { clock, posted, first, second } = await replicas();
    const { work, finish } = pending();
    const running = first.send(keyed, work);
    await eventually(() => posted[0]);
    const joined = second.send(keyed);
    await eventually(() => clock.waiting > 1 || undefined);

    finish();
    await whileTimePasses(clock, Promise.all([running, joined]));

    expect(posted).toHaveLength(1);
  });

  test("was refused with is refused here for the same reason, without another POST", async () => {
    const { posted, first, second } = await replicas();
    const failed = refusal(300005, "token is not exist");
    await expect(first.send(keyed, () => Promise.reject(failed))).rejects.toBe(failed);

    const repeated = second.send(keyed);

    await expect(repeated).rejects.toMatchObject({
      name: "RobotRefusedError",
      errcode: 300005,
      kind: failed.kind,
      reason: failed.reason,
      message: expect.stringMatching(`^${failed.message} \\(this repeats the answer of 0 s ago`),
      remedy: failed.remedy,
    });
    expect(posted).toHaveLength(1);
  });

  test("was refused with is tried again after a new configuration", async () => {
    const { clock, posted, first, second } = await replicas();
    await first.send(keyed, () => Promise.reject(refusal(300005))).catch(() => {});
    clock.advance(1);
    second.configure();

    await second.send(keyed);

    expect(posted).toHaveLength(2);
  });

  test("may have sent goes again under the same msgUuid", async () => {
    const { posted, first, second } = await replicas();
    await first.send(unkeyed, () => Promise.reject(lostAnswer)).catch(() => {});

    await second.send(unkeyed);

    expect(posted).toHaveLength(2);
    expect(new Set(posted).size).toBe(1);
  });

  test("has sent and answered is a new message without a key", async () => {
    const { posted, first, second } = await replicas();
    await first.send(unkeyed);

    await second.send(unkeyed);

    expect(new Set(posted).size).toBe(2);
  });

  test("has sent for a caller that went away is not sent again, but the next one is", async () => {
    const { posted, first, second } = await replicas();
    const caller = new AbortController();
    const gone = (): Promise<void> => {
      caller.abort();
      return Promise.resolve();
    };
    await first.send(createJob({ signal: caller.signal }), gone);

    await second.send(unkeyed);
    expect(posted).toHaveLength(1);
    await second.send(unkeyed);

    expect(new Set(posted).size).toBe(2);
  });

  test("was sending when it was killed goes again under the same msgUuid", async () => {
    const { clock, posted, a, first, second } = await replicas();
    first.send(unkeyed, pending().work).catch(() => {});
    await eventually(() => posted[0]);
    await a.redis.close();

    await whileTimePasses(clock, second.send(unkeyed));

    expect(posted).toHaveLength(2);
    expect(new Set(posted).size).toBe(1);
  });

  test("sends for longer than a lease is still waited for", async () => {
    const { clock, posted, a, first, second } = await replicas();
    const { work, finish } = pending();
    const running = first.send(keyed, work);
    await eventually(() => posted[0]);
    const joined = second.send(keyed);
    // A second passes only when Redis has heard of the one before.
    for (let second = 0; second < 60; second += 1) {
      clock.advance(1000);
      await a.redis.run(anything, [], {});
    }
    finish();
    await whileTimePasses(clock, Promise.all([running, joined]));

    expect(posted).toHaveLength(1);
  });
});

describe("a message without a key that another replica", () => {
  test("sends now for a caller that waits is another message", async () => {
    const { clock, posted, first, second } = await replicas();
    const { work, finish } = pending();
    const running = first.send(unkeyed, work);
    await eventually(() => posted[0]);

    await whileTimePasses(clock, Promise.all([1, 2].map(() => second.send(unkeyed))));
    finish();
    await running;

    expect(new Set(posted).size).toBe(3);
  });

  test("failed to send is repeated by one call only", async () => {
    const { posted, first, second } = await replicas();
    await first.send(unkeyed, () => Promise.reject(lostAnswer)).catch(() => {});
    await second.send(unkeyed);

    // This replica remembers the failure, too.
    await first.send(unkeyed);

    expect(posted[1]).toBe(posted[0]);
    expect(posted[2]).not.toBe(posted[0]);
  });

  test.each([
    ["failed to send", lostAnswer],
    ["was refused with", refusal(310000)],
  ])("%s more than 20 s ago is another message", async (_case, error) => {
    const { clock, posted, first, second } = await replicas();
    await first.send(unkeyed, () => Promise.reject(error)).catch(() => {});
    clock.advance(20_000);

    await second.send(unkeyed);

    expect(new Set(posted).size).toBe(2);
  });

  test("was refused with is refused here within 20 s, without another POST", async () => {
    const { clock, posted, first, second } = await replicas();
    await first.send(unkeyed, () => Promise.reject(refusal(310000))).catch(() => {});
    clock.advance(19_000);

    const repeated = second.send(unkeyed);

    await expect(repeated).rejects.toThrow("the answer of 19 s ago");
    expect(posted).toHaveLength(1);
  });
});

describe("a replica that stood still for longer than its lease", () => {
  test("does not send what another one has sent under the app's key", async () => {
    const server = await startRedis();
    const posted: string[] = [];
    const [still, clock] = [new FakeClock(), new FakeClock()];
    const a = replica(connectTo(server, {}, still), still, posted);
    const b = replica(connectTo(server, {}, clock), clock, posted);
    const waiting = a.send(keyed, untilAborted);
    await eventually(() => posted[0]);
    clock.advance(15_001);
    await b.send(keyed);

    still.advance(16_000);
    await whileTimePasses(still, waiting);

    expect(posted).toHaveLength(2);
  });

  test("sends a message without a key that another one took for its own as a new one", async () => {
    const server = await startRedis();
    const posted: string[] = [];
    const [still, clock] = [new FakeClock(), new FakeClock()];
    const a = replica(connectTo(server, {}, still), still, posted);
    const b = replica(connectTo(server, {}, clock), clock, posted);
    const works = [untilAborted, sent];
    const waiting = a.send(unkeyed, (signal) => (works.shift() ?? sent)(signal));
    await eventually(() => posted[0]);
    clock.advance(15_001);
    await b.send(unkeyed);

    still.advance(16_000);
    await whileTimePasses(still, waiting);

    expect(posted[1]).toBe(posted[0]);
    expect(posted[2]).not.toBe(posted[0]);
  });
});

describe("a claim that another replica has taken over", () => {
  async function takenOver() {
    const server = await startRedis();
    const [still, clock] = [new FakeClock(), new FakeClock()];
    const connected = connectTo(server, {}, still);
    const posts = new SharedPosts({ redis: connected.redis, target: "robot", clock: still });
    const checked: unknown[] = [];
    const ask = replica(connected, still, []);
    const next = replica(connectTo(server, {}, clock), clock, []);
    return { still, clock, posts, checked, ask, next };
  }

  test.each([
    ["a message", (posts: SharedPosts, record: MessageRecord) => posts.markPosted(record)],
    [
      "a digest",
      async (posts: SharedPosts, record: MessageRecord) => {
        if (await posts.keepDigest("uuid", "{}", [record])) return;
        throw new NotSentError("cancelled");
      },
    ],
  ])("is noticed before the POST of %s", async (_case, check) => {
    const { still, clock, posts, checked, ask, next } = await takenOver();
    let goOn = (): void => {};
    const work = pending();
    const waiting = ask.sendRecord(keyed, async (record) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      await check(posts, record).catch((error: unknown) => {
        checked.push(error);
        throw error;
      });
    });
    await eventually(() => (still.waiting > 0 ? true : undefined));
    clock.advance(15_001);
    const taking = next.send(keyed, work.work);
    await eventually(() => next.posted[0]);

    goOn();
    await eventually(() => checked[0]);
    work.finish();
    await taking;
    await whileTimePasses(still, waiting);

    expect(checked).toEqual([expect.any(NotSentError)]);
  });
});

test("a replica that was killed while it waited for an answer leaves word of the robot", async () => {
  const server = await startRedis();
  const [killed, clock] = [new FakeClock(), new FakeClock()];
  const connected = connectTo(server, {}, killed);
  const posts = new SharedPosts({ redis: connected.redis, target: "robot", clock: killed });
  const first = replica(connected, killed, []);
  const second = replica(connectTo(server, {}, clock), clock, []);
  let hasPosted = false;
  void first.sendRecord(keyed, async (record) => {
    await posts.markPosted(record);
    hasPosted = true;
    await untilAborted(record.signal);
  });
  await eventually(() => hasPosted || undefined);
  const { text: atFirst } = await everything(server);
  killed.advance(5000);
  await eventually(async () => (await everything(server)).text !== atFirst || undefined);
  const targets: unknown[] = [];

  clock.advance(20_001);
  await second.sendRecord(keyed, async ({ target }) => void targets.push(target));

  expect(targets).toEqual(["robot"]);
});

test("nothing of the robot's address is kept, and nothing for ever", async () => {
  const { server, first } = await replicas();
  await first
    .send(keyed, () => Promise.reject(refusal(310000, "keywords not in content")))
    .catch(() => {});
  await first.send(unkeyed);

  const { text, endless } = await everything(server);

  expect(text).toContain("keyword");
  expect(text).not.toContain("a-secret-token");
  expect(endless).toEqual([]);
});

test("without Redis a replica remembers alone", async () => {
  const { server, a, posted, first, second } = await replicasAt(await startNode());
  await server.stop();
  await eventually(() => a.redis.isAway || undefined);

  for (const { send } of [first, first, second]) await send(keyed);

  expect(posted).toEqual(["order-7", "order-7"]);
});
