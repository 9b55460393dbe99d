import { describe, expect, test } from "vitest";
import type { MessageIdentity } from "../../src/delivery/message-key.ts";
import { SharedMemory } from "../../src/delivery/redis/shared-records.ts";
import { Once } from "../../src/delivery/repeats.ts";
import { RobotRefusedError } from "../../src/dingtalk/errors.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { connectTo, startRedis } from "./support/redis-server.ts";

const message: MessageIdentity = { scope: "s", appKey: "k", json: "{}", traceparent: undefined };
const refusal = new RobotRefusedError(
  { reason: "sign-mismatch", kind: "setup", summary: "no", remedy: "none" },
  { errcode: 310000, errmsg: "", serverTimeMs: undefined },
);

/** Two replicas that deliver one message each; tells of duplicates by the replica's name. */
async function replicas() {
  const server = await startRedis();
  const clock = new FakeClock();
  const duplicates: string[] = [];
  const replica = (name: string) => {
    const { redis } = connectTo(server, {}, clock);
    const once = new Once(clock, () => name);
    const keeping = {
      signal: new AbortController().signal,
      keepForMs: 600_000,
      shared: new SharedMemory(redis, clock),
      onDuplicate: () => void duplicates.push(name),
    };
    return (work: () => Promise<void>): Promise<void> => once.deliver(message, keeping, work);
  };
  return { first: replica("first"), second: replica("second"), duplicates };
}

describe("a duplicate", () => {
  test("is told of where another replica has sent the message", async () => {
    const { first, second, duplicates } = await replicas();
    await first(async () => {});

    await second(async () => {});

    expect(duplicates).toEqual(["second"]);
  });

  test("is told of where another replica was refused", async () => {
    const { first, second, duplicates } = await replicas();
    await first(() => Promise.reject(refusal)).catch(() => {});

    const repeated = second(async () => {});

    await expect(repeated).rejects.toMatchObject({ reason: "sign-mismatch" });
    expect(duplicates).toEqual(["second"]);
  });

  test("is not told of where the replica itself is refused", async () => {
    const { first, duplicates } = await replicas();

    const refused = first(() => Promise.reject(refusal));

    await expect(refused).rejects.toMatchObject({ reason: "sign-mismatch" });
    expect(duplicates).toEqual([]);
  });
});
