import { describe, expect, test } from "vitest";
import { askHealth } from "../../src/commands/health-client.ts";
import { freePort } from "../daprd/support/ports.ts";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { eventually } from "../support/eventually.ts";
import {
  attacks,
  bodyOf,
  type Callback,
  clientSecret,
  dawdle,
  hugeBody,
  post,
  postAll,
  signedAt,
  unfinished,
} from "./support/callback-attacks.ts";
import { watchMemory } from "./support/watched-memory.ts";
import { serveInto } from "./support/wire-process.ts";

/** The shipped program with a component that takes callbacks, and an app that accepts all. */
async function startAttacked() {
  const memory = await watchMemory();
  const port = await freePort();
  const { child, socket } = await serveInto("pipe", {
    ...memory.env,
    ...{ DINGTALK_CALLBACK_PORT: String(port), DINGTALK_CALLBACK_HOST: "127.0.0.1" },
  });
  const log = { text: "" };
  child.stdout?.on("data", (data) => {
    log.text += data;
  });
  const daprd = new DaprdClient(socket);
  await daprd.init({ id: "attacked", receive: "http", clientSecret });
  const events = answerEvents(daprd.read(), () => ({ response_data: Buffer.alloc(0) }));
  await eventually(() => log.text.includes("daprd reads from the component"));
  const msgIds = (): string[] => events.map(({ data }) => JSON.parse(String(data)).msgId);
  const usedMb = (): Promise<number> => memory.usedMb(child);
  return { child, socket, log, msgIds, usedMb, target: { port, path: "/callback/attacked" } };
}

/** So many callbacks of each kind, the kinds in turn. */
function* inTurn(perKind: number, replays: readonly Callback[]): Generator<Callback> {
  for (let n = 0; n < perKind; n += 1) {
    for (const attack of Object.values(attacks)) yield attack(n);
    const replay = replays[n % replays.length];
    if (replay !== undefined) yield replay;
  }
}

const perKind = 640;
const huge = 200;
const slow = 200;

describe("10,000 hostile callbacks", () => {
  test("reach the app neither unsigned nor twice, the process stays up and its memory flat", {
    timeout: 300_000,
  }, async () => {
    const { child, socket, log, msgIds, usedMb, target } = await startAttacked();
    const signed = Array.from({ length: 100 }, (_, n) => `good-${n}`);
    const genuine = signed.map((id) => ({ headers: signedAt(Date.now()), body: bodyOf(id) }));
    const first = await postAll(target, genuine);
    await postAll(target, inTurn(20, genuine));
    const beforeMb = await usedMb();

    const dawdling = Array.from({ length: slow }, (_, n) => {
      const text = unfinished[n % unfinished.length]?.(signedAt(Date.now())) ?? "";
      return dawdle(target, text);
    });
    const refused = await postAll(target, inTurn(perKind, genuine));
    const tooLarge = await postAll(
      target,
      Array.from({ length: huge }, () => ({ headers: signedAt(Date.now()), body: hugeBody })),
    );
    const longest = Math.max(...(await Promise.all(dawdling)));
    const grownMb = (await usedMb()) - beforeMb;
    const last = await post(target, { headers: signedAt(Date.now()), body: bodyOf("good-last") });
    const health = await askHealth(socket, { service: "", timeoutMs: 5000 });

    const kinds = Object.keys(attacks).length;
    expect((kinds + 1) * perKind + huge + slow).toBeGreaterThanOrEqual(10_000);
    expect(first).toEqual({ 200: 100 });
    // A replay is answered as the first copy was, so that a repeat of DingTalk's ends.
    expect(refused).toEqual({ 200: perKind, 400: 4 * perKind + perKind, 403: 9 * perKind });
    expect(Object.keys(tooLarge)).toEqual(expect.arrayContaining(["413"]));
    expect(tooLarge).not.toHaveProperty("200");
    expect(longest).toBeLessThan(30);
    expect(last).toBe(200);
    expect(msgIds().sort()).toEqual([...signed, "good-last"].sort());
    expect(health.status).toBe("SERVING");
    expect(child.exitCode).toBeNull();
    expect(grownMb).toBeLessThan(5);
    expect(log.text).not.toMatch(/evil|client-s3cret/);
    expect(log.text.split("callback refused").length).toBeLessThan(100);
  });
});
