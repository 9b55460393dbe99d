import { describe, expect, onTestFinished, test } from "vitest";
import { maxStreams } from "../../../sandbox/api/entries.ts";
import type { Sandbox } from "../../../sandbox/server.ts";
import { eventually } from "../../support/eventually.ts";
import { call, createSandbox, send, sendInBatches } from "../support/sandbox.ts";

describe("GET /api/events", () => {
  test("starts with a snapshot", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox);
    await send(sandbox, { token: "signed" });
    const events = await listen(sandbox, "?token=sandbox");

    const first = await events.next();

    expect(first).toMatchObject({ event: "snapshot", id: expect.any(String) });
    expect(first.data).toMatchObject({
      now: "2026-01-01T00:00:00.000Z",
      isOpen: false,
      maxEntries: 1000,
      unmatched: [],
      robots: [{ token: "sandbox" }, { token: "signed", rules: { secret: "••••••••" } }],
      entries: [{ id: "1", request: { query: [["access_token", "••••••••"]] } }],
    });
  });

  test("tells what arrives and what is set, of other robots only the latter", async () => {
    const { sandbox } = await createSandbox();
    const events = await listen(sandbox, "?token=sandbox");
    await events.next();
    await send(sandbox, { token: "signed" });
    await send(sandbox);
    await call(sandbox, "PATCH /api/robots/signed/rules", { keywords: ["k"] });
    await call(sandbox, "DELETE /api/messages?token=sandbox");

    const seen = await events.until(({ event }) => event === "cleared");

    const others = seen.filter(({ event }) => event !== "robot");
    expect(others).toMatchObject([
      { event: "entry", data: { id: "2", outcome: "accepted" } },
      { event: "cleared", data: { token: "sandbox", upToId: "2" } },
    ]);
    expect(seen).toContainEqual(
      expect.objectContaining({ data: expect.objectContaining({ token: "signed" }) }),
    );
  });

  test("tells of requests that found no room, and of the robot that is made for them", async () => {
    const { sandbox } = await createSandbox();
    const events = await listen(sandbox);
    await events.next();
    await send(sandbox, { token: "sandbx" });
    const trace = await events.next();
    await call(sandbox, "PUT /api/robots/sandbx");

    const seen = await events.until(({ event }) => event === "robot");

    expect(trace).toMatchObject({ event: "unmatched", data: [{ token: "sandbx", count: 1 }] });
    expect(seen).toMatchObject([
      { event: "unmatched", data: [] },
      { event: "robot", data: { token: "sandbx" } },
    ]);
  });

  test("shows a repeat as a change of its entry", async () => {
    const { sandbox } = await createSandbox();
    const message = { msgtype: "text", text: { content: "x" }, msgUuid: "u" };
    await send(sandbox, { message });
    const events = await listen(sandbox);
    await events.next();
    await send(sandbox, { message });

    const change = await events.next();

    expect(change).toMatchObject({ event: "entry", data: { id: "1" } });
    expect(change.data.attempts).toHaveLength(2);
  });

  test("misses nothing for one that comes back", async () => {
    const { sandbox } = await createSandbox();
    const before = await listen(sandbox);
    await before.next();
    await send(sandbox);
    const { id } = await before.next();
    before.stop();
    await send(sandbox);
    await call(sandbox, "DELETE /api/messages?token=sandbox");
    await send(sandbox);
    const after = await listen(sandbox, "", id);

    const seen = await after.until(({ event }) => event === "robot");

    expect(seen.map(({ event }) => event)).toEqual(["cleared", "entry", "robot"]);
    expect(seen[1]?.data.id).toBe("3");
  });

  test.each(["x", "x-1", "-", "1"])("starts anew after the foreign event %s", async (lastId) => {
    const { sandbox } = await createSandbox();
    const events = await listen(sandbox, "", lastId);

    const first = await events.next();

    expect(first.event).toBe("snapshot");
  });

  test("sends a sign of life", async () => {
    const { sandbox, clock } = await createSandbox();
    const events = await listen(sandbox);
    await events.next();
    clock.advance(15_000);

    const block = await events.nextBlock();

    expect(block).toBe(":");
  });

  test("costs no memory for a browser that does not read", async () => {
    const { sandbox } = await createSandbox([{ token: "sandbox", messagesPerMinute: 10_000 }]);
    const events = await listen(sandbox);
    const message = { msgtype: "text", text: { content: "x".repeat(15_000) } };
    await sendInBatches(sandbox, Array(1100).fill({ message }));

    const snapshot = await events.next();
    const seen = await events.until(({ data }) => data.id === "1100");

    // Entries that left the room meanwhile are not sent. Every other entry is sent once.
    const ids = seen.filter(({ event }) => event === "entry").map(({ data }) => Number(data.id));
    expect(snapshot.data.entries).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual([...ids].sort((one, other) => one - other));
    expect(ids.slice(-1000)).toEqual(Array.from({ length: 1000 }, (_, index) => index + 101));
  });

  test("refuses one stream too many, and takes one again when another ends", async () => {
    const { sandbox } = await createSandbox();
    const streams = await Promise.all(Array.from({ length: maxStreams }, () => listen(sandbox)));

    const refused = await fetch(`${sandbox.url}/api/events`);
    streams[0]?.stop();
    const again = await eventually(async () => (await opens(sandbox)) || undefined);

    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ errcode: 503 });
    expect(again).toBe(true);
  });

  test("brings every one of many messages", async () => {
    const { sandbox } = await createSandbox([{ token: "sandbox", messagesPerMinute: 10_000 }]);
    const events = await listen(sandbox);
    const sending = Promise.all(Array.from({ length: 500 }, () => send(sandbox)));

    const seen = await events.until(({ data }) => data.id === "500");

    await sending;
    const ids = seen.filter(({ event }) => event === "entry").map(({ data }) => Number(data.id));
    expect(ids).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  });
});

interface ReceivedEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads a stream block by block until the test ends. */
async function listen({ url }: Sandbox, query = "", lastEventId?: string) {
  const controller = new AbortController();
  onTestFinished(() => controller.abort());
  const response = await fetch(`${url}/api/events${query}`, {
    signal: controller.signal,
    headers: lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId },
  });
  const blocks = readBlocks(response);
  const nextBlock = async () => String((await blocks.next()).value);
  // A browser does the same: an id holds until the next one, a block without data is no event.
  let lastId: string | undefined;
  const next = async (): Promise<ReceivedEvent> => {
    for (;;) {
      const fields = parseBlock(await nextBlock());
      lastId = fields.id ?? lastId;
      if (fields.data === undefined) continue;
      return { id: lastId, event: fields.event, data: JSON.parse(fields.data) };
    }
  };
  const until = async (isLast: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent[]> => {
    const event = await next();
    return isLast(event) ? [event] : [event, ...(await until(isLast))];
  };
  return { next, nextBlock, until, stop: () => controller.abort() };
}

/** Whether one more stream begins. */
async function opens({ url }: Sandbox): Promise<boolean> {
  const controller = new AbortController();
  const { status } = await fetch(`${url}/api/events`, { signal: controller.signal });
  controller.abort();
  return status === 200;
}

async function* readBlocks({ body }: Response): AsyncGenerator<string, string> {
  let rest = "";
  for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    yield* blocks;
  }
  throw new Error("the stream ended");
}

function parseBlock(block: string): Record<string, string | undefined> {
  const fields = block.split("\n").map((line) => line.split(/: (.*)/s));
  return Object.fromEntries(fields.map(([name, value]) => [name, value]));
}
