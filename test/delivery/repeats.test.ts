import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../../src/delivery/channel.ts";
import type { Job } from "../../src/delivery/job.ts";
import { Repeats } from "../../src/delivery/repeats.ts";
import { explainErrcode } from "../../src/dingtalk/errcodes.ts";
import { RobotRefusedError, RobotUnreachableError } from "../../src/dingtalk/errors.ts";
import { noWatch } from "../../src/telemetry/watch.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createJob, createScope } from "./support/jobs.ts";

const zeros = "00-00000000000000000000000000000000-0000000000000000-00";
const keepForMs = 600_000;

const scope = createScope();
const unkeyed = createJob();

function refusal(errcode: number): RobotRefusedError {
  const explained = explainErrcode(errcode, "") ?? expect.fail("no refusal");
  return new RobotRefusedError(explained, { errcode, errmsg: "" });
}

const lostAnswer = new RobotUnreachableError("timeout", { message: "", mayHaveArrived: true });

/** Repeats of one component; `sent` lists the msgUuid of each message that is sent. */
function createRepeats() {
  const clock = new FakeClock(0);
  let uuids = 0;
  const repeats = new Repeats(clock, () => `uuid-${++uuids}`);
  const sent: string[] = [];
  const run = (
    job: Job<Message>,
    work: (signal: AbortSignal) => Promise<void> = async () => {},
    of = scope,
  ): Promise<void> =>
    repeats.run(job, of, ({ msgUuid, signal }) => {
      sent.push(msgUuid);
      return work(signal);
    });
  return { clock, repeats, sent, run };
}

const failWith = (error: Error) => () => Promise.reject(error);

/** Work that ends when it is told to, or fails when all callers have gone. */
function pending() {
  let finish = (): void => {};
  let start = (): void => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const work = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      finish = resolve;
      signal.addEventListener("abort", () => reject(lostAnswer));
      start();
    });
  return { work, started, finish: () => finish() };
}

/** A job, and a promise of the moment when it is recognised as a repeat. */
function repeatOf(job: Job<Message>) {
  let tell = (): void => {};
  const recognised = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return { job: { ...job, watch: { ...noWatch, suppressed: () => tell() } }, recognised };
}

describe("a key that the app gave", () => {
  const keyed = createJob({ appKey: "order-7" });

  test("gets the outcome of the first without another delivery", async () => {
    const { sent, run } = createRepeats();
    await run(keyed);

    await run(keyed);

    expect(sent).toEqual(["order-7"]);
  });

  test("joins the running attempt", async () => {
    const { sent, run } = createRepeats();
    const first = pending();
    const repeat = repeatOf(keyed);
    const calls = [run(keyed, first.work), run(repeat.job)];
    await repeat.recognised;

    first.finish();
    await Promise.all(calls);

    expect(sent).toHaveLength(1);
  });

  test("remembers a permanent refusal", async () => {
    const { sent, run } = createRepeats();
    await expect(run(keyed, failWith(refusal(310000)))).rejects.toThrow();

    const again = run(keyed);

    await expect(again).rejects.toMatchObject({ errcode: 310000 });
    expect(sent).toHaveLength(1);
  });

  test.each([
    ["a busy DingTalk", refusal(-1)],
    ["a throttled robot", refusal(130101)],
    ["a lost answer", lostAnswer],
  ])("is sent again under the same msgUuid after %s", async (_case, error) => {
    const { sent, run } = createRepeats();
    await expect(run(keyed, failWith(error))).rejects.toThrow();

    await run(keyed);

    expect(sent).toEqual(["order-7", "order-7"]);
  });

  test("is a new message after the time", async () => {
    const { clock, sent, run } = createRepeats();
    await run(keyed);

    clock.advance(keepForMs);
    await run(keyed);

    expect(sent).toHaveLength(2);
  });

  test("goes on while one of its callers is there", async () => {
    const { run } = createRepeats();
    const first = pending();
    const leaving = new AbortController();
    const repeat = repeatOf(keyed);
    const left = createJob({ appKey: "order-7", signal: leaving.signal });
    const calls = [run(left, first.work), run(repeat.job)];
    await repeat.recognised;

    leaving.abort();
    first.finish();

    await expect(Promise.all(calls)).resolves.toHaveLength(2);
  });
});

describe("a message without a key", () => {
  test.each([
    ["without tracing", undefined],
    ["with zeros for a trace", zeros],
    ["under one trace of the app", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
  ])("is sent again after an answered success, %s", async (_case, traceparent) => {
    const { sent, run } = createRepeats();
    await run(createJob({ traceparent }));

    await run(createJob({ traceparent }));

    expect(sent).toEqual(["uuid-1", "uuid-2"]);
  });

  test("keeps its msgUuid after a failure", async () => {
    const { sent, run } = createRepeats();
    await expect(run(unkeyed, failWith(lostAnswer))).rejects.toThrow();

    await run(unkeyed);

    expect(sent).toEqual(["uuid-1", "uuid-1"]);
  });

  test("costs no second POST after a permanent refusal", async () => {
    const { sent, run } = createRepeats();
    await expect(run(unkeyed, failWith(refusal(300005)))).rejects.toThrow();

    await expect(run(unkeyed)).rejects.toMatchObject({ errcode: 300005 });

    expect(sent).toHaveLength(1);
  });

  test("is not sent again when the first caller left before the answer", async () => {
    const { sent, run } = createRepeats();
    const first = pending();
    const caller = new AbortController();
    const job = createJob({ signal: caller.signal });
    const left = run(job, () => first.work(new AbortController().signal));
    await first.started;
    caller.abort();
    first.finish();
    await left;

    await run(unkeyed);

    expect(sent).toEqual(["uuid-1"]);
  });

  test("waits for the end of an attempt that was given up, and tries under its msgUuid", async () => {
    const { sent, run } = createRepeats();
    const caller = new AbortController();
    const first = pending();
    const left = run(createJob({ signal: caller.signal }), first.work);
    await first.started;
    caller.abort();

    const again = run(unkeyed);

    await expect(left).rejects.toBe(lostAnswer);
    await again;
    expect(sent).toEqual(["uuid-1", "uuid-1"]);
  });

  test("is a repeat for deduplicateFor after its outcome, however long that took", async () => {
    const { clock, sent, run } = createRepeats();
    const slow = async (): Promise<void> => {
      clock.advance(keepForMs + 1);
      throw lostAnswer;
    };
    await run(unkeyed, slow).catch(() => {});
    clock.advance(keepForMs - 1);

    await run(unkeyed);

    expect(sent).toEqual(["uuid-1", "uuid-1"]);
  });

  test("may be tried again after a new configuration", async () => {
    const { repeats, sent, run } = createRepeats();
    await expect(run(unkeyed, failWith(refusal(310000)))).rejects.toThrow();

    repeats.forgetRefusals(scope.scope);
    await run(unkeyed);

    expect(sent).toHaveLength(2);
  });
});

describe("different messages", () => {
  test("never share a key", async () => {
    const part = fc.constantFrom("a", "b", "ab", "1:a", "", "a1:b");
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.record({ component: part, json: part, traceparent: part }), {
          selector: (value) => JSON.stringify(value),
          maxLength: 12,
        }),
        async (messages) => {
          const { sent, run } = createRepeats();

          for (const { component, ...message } of messages) {
            const scope = createScope({ scope: component });
            await run(createJob(message), failWith(lostAnswer), scope).catch(() => {});
          }

          expect(new Set(sent)).toHaveProperty("size", messages.length);
        },
      ),
    );
  });

  test("nor is one that was answered swallowed, whatever went before", async () => {
    const outcome = fc.constantFrom("success", "lost", "refused");
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { maxLength: 10 }), async (outcomes) => {
        const { repeats, sent, run } = createRepeats();
        const results = {
          success: async () => {},
          lost: failWith(lostAnswer),
          refused: failWith(refusal(310000)),
        };
        for (const name of outcomes) {
          await run(unkeyed, results[name]).catch(() => {});
          repeats.forgetRefusals(scope.scope);
        }
        await run(unkeyed);
        const before = sent.length;

        await run(unkeyed);

        expect(sent).toHaveLength(before + 1);
        expect(sent.at(-1)).not.toBe(sent.at(-2));
      }),
    );
  });
});
