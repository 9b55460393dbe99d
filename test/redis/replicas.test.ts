import { status } from "@grpc/grpc-js";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseMetadata } from "../../src/binding/component-config.ts";
import { Delivery } from "../../src/delivery/delivery.ts";
import { Connections } from "../../src/dingtalk/connections.ts";
import { parseMessage, type RobotMessage } from "../../src/dingtalk/message.ts";
import { RobotChannel } from "../../src/dingtalk/robot-channel.ts";
import { createJob } from "../delivery/support/jobs.ts";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { acceptMessage, type FakeRobot, startRobot } from "../support/robot.ts";
import { everything, startRedis, timeOf } from "./support/redis-server.ts";

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

interface Outlet {
  readonly clock: FakeClock;
  readonly delivery: Delivery<RobotMessage>;
  send(content: string): Promise<void>;
}

/**
 * Two replicas that digest, each with a clock of its own. The robot takes the n-th post and does not
 * answer. A replica whose Redis is closed is as good as killed.
 */
async function digesting(
  unanswered: number,
): Promise<{ robot: FakeRobot; replicas: [Outlet, Outlet] }> {
  const server = await startRedis();
  const robot = await startRobot((response, post) => {
    if (robot.posts.length !== unanswered) acceptMessage(response, post);
  });
  const { redis, ...config } = parseMetadata({
    ...{ id: "a", url: robot.url, messagesPerMinute: "1", overflow: "digest", maxWait: "10m" },
    redisHost: `127.0.0.1:${server.port}`,
  });
  const replica = (): Outlet => {
    const clock = new FakeClock();
    const log = pino({ level: "silent" });
    const delivery = new Delivery<RobotMessage>({ clock, sharedTime: timeOf(clock), log });
    onTestFinished(() => delivery.close());
    const deps = { connections: new Connections(), clock, log };
    const channels = config.robots.map((robot) => new RobotChannel(robot, deps));
    const pool = delivery.open("a", { channels, redis });
    const send = (content: string): Promise<void> => {
      const message = parseMessage(Buffer.from(JSON.stringify(textOf(content))));
      const { json } = message;
      return pool.deliver({ ...createJob({ json }), parts: [message], options: config.delivery });
    };
    return { clock, delivery, send };
  };
  return { robot, replicas: [replica(), replica()] };
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
    killed.delivery.close();

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
    killed.delivery.close();

    const again = next.send("one");
    await untilPosted(robot, 2, next.clock);
    await again;

    expect(robot.posts[1]?.body).toBe(robot.posts[0]?.body);
  });
});
