import { status } from "@grpc/grpc-js";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { Readers } from "../../src/dapr/readers.ts";
import { createBindingFactory } from "../../src/sidecar/sidecar.ts";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually, passTimeUntil } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { acceptMessage, type FakeRobot, jsonAnswer, startRobot } from "../support/robot.ts";
import { everything, type RedisServer, startRedis, timeOf } from "./support/redis-server.ts";

const refuseMessage = jsonAnswer({ errcode: 400105, errmsg: "" });
const textOf = (content: string) => ({ msgtype: "text", text: { content } });

/** Two sidecars whose component names one Redis. */
async function replicas(metadata: Record<string, string> = {}) {
  const server = await startRedis();
  const robot = await startRobot();
  const properties = {
    id: "a",
    url: robot.url,
    redisHost: `localhost:${server.port}`,
    ...metadata,
  };
  const sidecars = [await startComponent(), await startComponent()] as const;
  const daprds = sidecars.map(({ socket }) => new DaprdClient(socket));
  for (const daprd of daprds) await daprd.init(properties);
  const [first, second] = daprds;
  if (first === undefined || second === undefined) expect.fail("two were started");
  return { server, robot, sidecars, first, second };
}

describe("two sidecars with one Redis", () => {
  test("keep one budget", async () => {
    const { robot, first, second } = await replicas({ messagesPerMinute: "1", maxWait: "0" });
    await first.create(textOf("one"));

    const over = second.create(textOf("two"));

    await expect(over).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(robot.posts).toHaveLength(1);
  });

  test("keep the budgets of all robots of a pool, and send what has a key once", async () => {
    const { server, robot, first, second } = await replicas();
    const url = ["1", "2", "3"].map((n) => robot.url.replace("token-1", n)).join("\n");
    const redisHost = `localhost:${server.port}`;
    const pool = { id: "a", url, redisHost, messagesPerMinute: "1", maxWait: "0" };
    for (const daprd of [first, second]) await daprd.init(pool);
    for (const msgUuid of ["1", "2", "3"]) await first.create({ ...textOf("one"), msgUuid });

    for (const msgUuid of ["1", "2", "3"]) await second.create({ ...textOf("one"), msgUuid });
    const over = second.create(textOf("four"));

    await expect(over).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(robot.posts).toHaveLength(3);
  });

  test("send what has a key once", async () => {
    const { robot, first, second } = await replicas();

    for (const daprd of [first, second, first]) {
      await daprd.create({ ...textOf("one"), msgUuid: "order-7" });
    }

    expect(robot.posts).toHaveLength(1);
  });

  test("keep neither token nor text in it", async () => {
    const { server, first } = await replicas();

    await first.create(textOf("a text that is nobody's business"));

    const { text } = await everything(server);
    expect(text).toContain("dingtalk:{");
    expect(text).not.toMatch(/token-1|nobody's/);
  });

  test("count a robot together when only one component of a sidecar names the Redis", async () => {
    const { robot, sidecars, first } = await replicas({ messagesPerMinute: "1" });
    const other = new DaprdClient(sidecars[1].socket, "other");
    await other.init({ id: "b", url: robot.url, messagesPerMinute: "1", maxWait: "0" });
    await first.create(textOf("one"));

    const over = other.create(textOf("two"));

    await expect(over).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(robot.posts).toHaveLength(1);
  });

  test("go on alone when it names another one, and leave the former", async () => {
    const { robot, first, second } = await replicas({ messagesPerMinute: "1", maxWait: "0" });
    await second.init({ id: "a", url: robot.url, messagesPerMinute: "1", maxWait: "0" });
    await first.create(textOf("one"));

    await second.create(textOf("two"));

    expect(robot.posts).toHaveLength(2);
  });
});

interface Replica {
  readonly clock: FakeClock;
  send(content: string, msgUuid?: string, signal?: AbortSignal): Promise<unknown>;
  /** Cuts the connection to Redis: a replica without it is as good as killed. */
  kill(): void;
}

function startReplica(properties: Record<string, string>): Replica {
  const clock = new FakeClock();
  const log = pino({ level: "silent" });
  const { createBinding, delivery } = createBindingFactory({
    ...{ clock, sharedTime: timeOf(clock), log },
  });
  onTestFinished(() => delivery.close());
  const binding = createBinding("a", new Readers(clock, log));
  binding.init({ direction: "output", properties });
  const stays = new AbortController().signal;
  const send = (content: string, msgUuid = "", signal = stays): Promise<unknown> => {
    const context = {
      ...{ instance: "a", componentType: "bindings.dingtalk.webhook" },
      ...{ signal, timeLeftMs: Number.POSITIVE_INFINITY },
    };
    const data = Buffer.from(JSON.stringify(textOf(content)));
    return binding.invoke({ operation: "create", data, metadata: { msgUuid } }, context);
  };
  return { clock, send, kill: () => delivery.close() };
}

interface Digesting {
  readonly server: RedisServer;
  readonly robot: FakeRobot;
  readonly replicas: [Replica, Replica];
  /** Refuses the post that was not answered. */
  refuse(): void;
}

/**
 * Starts two replicas that digest, each with a clock of its own. The robot takes the n-th post and
 * does not answer.
 */
async function digesting(unanswered: number, overflow = "digest"): Promise<Digesting> {
  const server = await startRedis();
  let refuse = (): void => {};
  const robot = await startRobot((response, post) => {
    if (robot.posts.length === unanswered) refuse = () => refuseMessage(response, post);
    else acceptMessage(response, post);
  });
  const properties = {
    ...{ id: "a", url: robot.url, messagesPerMinute: "1", overflow, maxWait: "10m" },
    redisHost: `127.0.0.1:${server.port}`,
  };
  const replicas: [Replica, Replica] = [startReplica(properties), startReplica(properties)];
  return { server, robot, replicas, refuse: () => refuse() };
}

async function untilPosted(robot: FakeRobot, count: number, ...clocks: FakeClock[]): Promise<void> {
  await eventually(() => {
    for (const clock of clocks) clock.advance(1000);
    return robot.posts.length === count || undefined;
  });
}

describe("a replica that digests and is killed", () => {
  test("leaves its digest to the next, which sends it once for all of its messages", async () => {
    const { robot, replicas } = await digesting(2);
    const [killed, next] = replicas;
    await killed.send("sent at once");
    for (const text of ["two", "three"]) killed.send(text).catch(() => {});
    await untilPosted(robot, 2, killed.clock, next.clock);
    // Its clock stands still from now on.
    killed.kill();

    const again = Promise.all([next.send("two"), next.send("three")]);
    await untilPosted(robot, 3, next.clock);
    await again;

    const [, digest, repeat] = robot.posts.map(({ body }) => JSON.parse(body));
    expect(digest.markdown.text).toMatch(/two[\s\S]*three/);
    expect(repeat).toEqual(digest);
  });

  test("leaves a message of its own to the next, which does not digest it", async () => {
    const { robot, replicas } = await digesting(1);
    const [killed, next] = replicas;
    killed.send("one").catch(() => {});
    await untilPosted(robot, 1, killed.clock, next.clock);
    killed.kill();

    const again = next.send("one");
    await untilPosted(robot, 2, next.clock);
    await again;

    expect(robot.posts[1]?.body).toBe(robot.posts[0]?.body);
  });
});

test("a digest that is refused after its callers have gone is not sent by another replica", async () => {
  const { server, robot, replicas, refuse } = await digesting(2);
  const [first, next] = replicas;
  const callers = new AbortController();
  await first.send("sent at once");
  const gone = ["two", "three"].map((text) => first.send(text, "", callers.signal));
  await untilPosted(robot, 2, first.clock, next.clock);
  callers.abort();
  await Promise.allSettled(gone);
  refuse();
  await eventually(async () => !(await everything(server)).text.includes(":digest:"));

  const again = Promise.all([next.send("two"), next.send("three")]);
  await untilPosted(robot, 3, next.clock);
  await again;

  const [, refused, repeat] = robot.posts.map(({ body }) => JSON.parse(body));
  expect(repeat.markdown.text).toMatch(/two[\s\S]*three/);
  expect(repeat.msgUuid).not.toBe(refused.msgUuid);
});

describe("a replica that stands still for longer than its lease", () => {
  test.each(["wait", "digest"])(
    "does not send what another one sent, with overflow %s",
    async (overflow) => {
      const { robot, replicas } = await digesting(0, overflow);
      const [still, next] = replicas;
      await still.send("at once");
      const waiting = still.send("an order", "order-7");
      await eventually(() => still.clock.waiting >= 3 || undefined);

      const repeat = next.send("an order", "order-7");
      await untilPosted(robot, 2, next.clock);
      await repeat;
      await passTimeUntil(still.clock, waiting, 20_000);

      expect(robot.posts.filter(({ body }) => body.includes("an order"))).toHaveLength(1);
    },
  );
});

describe("replicas whose callers say the same at the same moment", () => {
  test.each(["wait", "digest"])("send all of it, with overflow %s", async (overflow) => {
    const { robot, replicas } = await digesting(0, overflow);
    const clocks = replicas.map(({ clock }) => clock);

    const calls = Promise.all([...replicas, ...replicas].map(({ send }) => send("same")));
    await eventually(() => {
      for (const clock of clocks) clock.advance(1000);
      return shown(robot, "same") === 4 || undefined;
    });
    await calls;

    expect(shown(robot, "same")).toBe(4);
  });
});

/** How often the robot's group shows the text, in messages and in digests. */
function shown({ posts }: FakeRobot, text: string): number {
  const texts = posts
    .map(({ body }) => JSON.parse(body))
    .map(({ text, markdown }) => text?.content ?? markdown.text);
  return texts.join("\n").split(text).length - 1;
}
