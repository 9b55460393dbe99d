import { describe, expect, test } from "vitest";
import type { MessageRecord } from "../../src/delivery/record.ts";
import { SharedRecords } from "../../src/delivery/redis/shared-records.ts";
import { Repeats } from "../../src/delivery/repeats.ts";
import { RobotRefusedError } from "../../src/dingtalk/errors.ts";
import { noWatch } from "../../src/telemetry/watch.ts";
import { createJob, createScope } from "../delivery/support/jobs.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { connectTo, startRedis } from "./support/redis-server.ts";

const refusal = new RobotRefusedError(
  { reason: "sign-mismatch", kind: "setup", summary: "no", remedy: "none" },
  { errcode: 310000, errmsg: "" },
);

/** Two replicas that send one message each; `duplicates` has the name of each replica told of one. */
async function replicas() {
  const server = await startRedis();
  const clock = new FakeClock();
  const duplicates: string[] = [];
  const replica = (name: string) => {
    const { redis } = connectTo(server, {}, clock);
    const repeats = new Repeats(clock, () => name);
    const scope = createScope({ records: new SharedRecords(redis, clock) });
    const watch = { ...noWatch, suppressed: () => void duplicates.push(name) };
    const job = createJob({ appKey: "k", watch });
    return (send: (record: MessageRecord) => Promise<void>, json = job.json): Promise<void> =>
      repeats.run({ ...job, json }, scope, { send });
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

describe("a message that another replica takes over", () => {
  test("is posted where its text was mended after a refusal", async () => {
    const { first, second, duplicates } = await replicas();
    const posted: string[] = [];
    await first(() => Promise.reject(refusal)).catch(() => {});

    await second(async ({ msgUuid }) => void posted.push(msgUuid), '{"mended":1}');

    expect(posted).toEqual(["k"]);
    expect(duplicates).toEqual([]);
  });

  test("comes with its parts that have arrived and with the cut that they belong to", async () => {
    const { first, second } = await replicas();
    const seen: unknown[] = [];
    const stopped = first(async (record) => {
      record.partsSent = 2;
      record.cut = "cut";
      throw new Error("the connection broke");
    });
    await stopped.catch(() => {});

    await second(async ({ partsSent, cut }) => void seen.push([partsSent, cut]));

    expect(seen).toEqual([[2, "cut"]]);
  });

  test("is known to have arrived where it was whole and the connection broke behind it", async () => {
    const { first, second } = await replicas();
    const seen: unknown[] = [];
    const stopped = first(async (record) => {
      record.partsSent = 1;
      throw new Error("the connection broke");
    });
    await stopped.catch(() => {});

    await second(async ({ partsSent, cut }) => void seen.push([partsSent, cut]));

    expect(seen).toEqual([[1, undefined]]);
  });
});
