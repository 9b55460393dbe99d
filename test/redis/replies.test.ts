import { status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { signCallback } from "../../src/dingtalk/callback.ts";
import { freePort } from "../daprd/support/ports.ts";
import { startComponent, untilReading } from "../support/component.ts";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import { acceptMessage, startRobot } from "../support/robot.ts";
import { everything, type RedisServer, startNode, startRedis } from "./support/redis-server.ts";

const clientSecret = "app-s3cret";
const done = JSON.stringify({ msgtype: "text", text: { content: "done" } });

/** Two replicas with one Redis, of which the first one hears what a person says. */
const startReplicas = async () => await startReplicasAt(await startRedis());

async function startReplicasAt<Server extends RedisServer>(redis: Server) {
  const robot = await startRobot(acceptMessage);
  const { origin } = new URL(robot.url);
  const metadata = {
    ...{ id: "support-bot", receive: "http", clientSecret, allowedSessionHosts: origin },
    redisHost: `127.0.0.1:${redis.port}`,
  };
  const startReplica = async () => {
    const callbackPort = await freePort();
    const component = await startComponent({ callbackPort, callbackHost: "127.0.0.1" });
    const daprd = new DaprdClient(component.socket);
    await daprd.init(metadata);
    answerEvents(daprd.read(), () => ({ response_data: Buffer.alloc(0) }));
    await untilReading(component);
    const reply = () => daprd.invoke("reply", done, { metadata: { msgId: "a-person-said-it" } });
    return { clock: component.clock, logged: component.logged, callbackPort, reply };
  };
  const [first, second] = [await startReplica(), await startReplica()];
  /** A person writes to the first replica. */
  const hears = async (sessionMs: number): Promise<void> => {
    const timestamp = String(first.clock.now());
    await fetch(`http://127.0.0.1:${first.callbackPort}/callback/support-bot`, {
      method: "POST",
      headers: { timestamp, sign: signCallback(timestamp, clientSecret) },
      body: JSON.stringify({
        ...{ msgId: "a-person-said-it", conversationType: "2", senderStaffId: "0147" },
        sessionWebhook: `${origin}/robot/sendBySession?session=5e55`,
        sessionWebhookExpiredTime: first.clock.now() + sessionMs,
      }),
    });
    await eventually(async () => (await everything(redis)).text.includes(":session-known"));
  };
  return { redis, robot, second, hears };
}

const expired = {
  code: status.PERMISSION_DENIED,
  details: expect.stringMatching(/^dingtalk reason=session-expired: /),
};

describe("a reply through another replica than the one that heard the message", () => {
  test("is said in the conversation", async () => {
    const { redis, robot, second, hears } = await startReplicas();
    await hears(5_400_000);

    await second.reply();
    const { text, endless } = await everything(redis);

    expect(robot.posts).toMatchObject([{ body: done }]);
    expect(text).not.toContain("a-person-said-it");
    expect(endless).toEqual([]);
    expect(JSON.stringify(second.logged)).not.toContain("5e55");
  });

  test("fails as expired after the end of the session", async () => {
    const { robot, second, hears } = await startReplicas();
    await hears(5_400_000);

    second.clock.advance(5_400_000);

    await expect(second.reply()).rejects.toMatchObject(expired);
    expect(robot.posts).toEqual([]);
  });

  test("fails as expired also when Redis has dropped the address", async () => {
    const { redis, robot, second, hears } = await startReplicas();

    await hears(300);
    await eventually(async () => !(await everything(redis)).text.includes("5e55"));

    await expect(second.reply()).rejects.toMatchObject(expired);
    expect(robot.posts).toEqual([]);
  });

  test("fails as unknown while Redis is away", async () => {
    const { redis, second, hears } = await startReplicasAt(await startNode());
    await hears(5_400_000);

    await redis.stop();

    await expect(second.reply()).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: expect.stringMatching(/^dingtalk reason=message-unknown: /),
    });
  });
});
