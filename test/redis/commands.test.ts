import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { Readers } from "../../src/dapr/readers.ts";
import { createBindingFactory } from "../../src/sidecar/sidecar.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type Answer, acceptMessage, jsonAnswer, startRobot } from "../support/robot.ts";
import { type RedisServer, startRedis } from "./support/redis-server.ts";

/** How many scripts all nodes have run. */
async function scriptsAt({ nodes }: RedisServer): Promise<number> {
  let scripts = 0;
  for (const { command } of nodes) {
    const stats = String(await command("INFO", "commandstats"));
    for (const [, calls] of stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)) {
      scripts += Number(calls);
    }
  }
  return scripts;
}

/** Sends one message from a process of its own, until Redis has heard its end. */
async function sendOne(properties: Record<string, string>, msgUuid: string): Promise<void> {
  const log = pino({ level: "silent" });
  const clock = new FakeClock();
  const { createBinding, delivery } = createBindingFactory({ clock, log });
  const binding = createBinding("a", new Readers(clock, log));
  binding.init({ direction: "output", properties });
  const context = {
    ...{ instance: "a", componentType: "bindings.dingtalk.webhook" },
    ...{ signal: new AbortController().signal, timeLeftMs: Number.POSITIVE_INFINITY },
  };
  const data = Buffer.from(JSON.stringify({ msgtype: "text", text: { content: "hello" } }));
  const sent = binding.invoke({ operation: "create", data, metadata: { msgUuid } }, context);
  await Promise.allSettled([sent]);
  await delivery.close();
}

/** The scripts of a message before its POST and after it. */
async function countScripts(
  metadata: Record<string, string>,
  { msgUuid = "", answer = acceptMessage }: { msgUuid?: string; answer?: Answer } = {},
) {
  const server = await startRedis();
  const counts: Promise<number>[] = [];
  const robot = await startRobot((response, post) => {
    const count = scriptsAt(server);
    counts.push(count);
    void count.then(() => answer(response, post));
  });
  const address = { url: robot.url, redisHost: `127.0.0.1:${server.port}` };
  const properties = { id: "a", ...address, ...metadata };
  // Redis learns the scripts from the first process.
  await sendOne(properties, msgUuid && "first");
  const before = await scriptsAt(server);
  await sendOne(properties, msgUuid);
  const atPost = (await counts.at(-1)) ?? expect.fail("nothing was posted");
  // A new connection looks with one script whether Redis serves it.
  return { before: atPost - before - 1, after: (await scriptsAt(server)) - atPost };
}

describe("a message takes one script before its POST and one after it", () => {
  test.each([
    ["without a key and a limit", "", { messagesPerMinute: "0" }],
    ["without a key, with a limit", "", { messagesPerMinute: "20" }],
    ["with a key, without a limit", "order-7", { messagesPerMinute: "0" }],
    ["with a key and a limit", "order-7", { messagesPerMinute: "20" }],
    ["with overflow digest", "", { messagesPerMinute: "20", overflow: "digest" }],
  ])("%s", async (_case, msgUuid, metadata) => {
    expect(await countScripts(metadata, { msgUuid })).toEqual({ before: 1, after: 1 });
  });

  test("where it is refused", async () => {
    const answer = jsonAnswer({ errcode: 300005, errmsg: "token is not exist" });

    const scripts = await countScripts({}, { msgUuid: "order-7", answer });

    expect(scripts).toEqual({ before: 1, after: 1 });
  });
});
