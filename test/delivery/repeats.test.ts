import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../../src/delivery/channel.ts";
import { NotSentError, type NotSentReason } from "../../src/delivery/errors.ts";
import type { Job } from "../../src/delivery/job.ts";
import { Repeats } from "../../src/delivery/repeats.ts";
import { explainErrcode } from "../../src/dingtalk/errcodes.ts";
import { RobotRefusedError, RobotUnreachableError } from "../../src/dingtalk/errors.ts";
import { noWatch } from "../../src/telemetry/watch.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createJob, createScope } from "./support/jobs.ts";

const zeros = "00-00000000000000000000000000000000-0000000000000000-00";
const keepForMs = 600_000;
/** As long after an outcome as daprd's own retry comes. */
const repeatForMs = 20_000;

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
    repeats.run(job, of, {
      send: ({ msgUuid, signal }) => {
        sent.push(msgUuid);
        return work(signal);
      },
    });
  return { clock, repeats, sent, run };
}

const notSent = (reason: NotSentReason): Error => new NotSentError(reason);

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

  test.each([
    ["of the message", 430101, keepForMs],
    ["for want of a keyword", 310000, repeatForMs],
    ["of an unknown token", 300005, repeatForMs],
    ["of a stopped robot", 400102, repeatForMs],
    ["for want of quota", 90030, repeatForMs],
  ])("remembers a refusal %s, %i, for %i ms", async (_case, errcode, forMs) => {
    const { clock, sent, run } = createRepeats();
    await expect(run(keyed, failWith(refusal(errcode)))).rejects.toThrow();
    clock.advance(forMs - 1);

    const remembered = run(keyed);
    await expect(remembered).rejects.toMatchObject({ errcode });
    clock.advance(1);
    await run(keyed);

    expect(sent).toHaveLength(2);
  });

  test("is sent again after a refusal that nobody has described", async () => {
    const { sent, run } = createRepeats();
    await expect(run(keyed, failWith(refusal(987654)))).rejects.toThrow();

    await run(keyed);

    expect(sent).toEqual(["order-7", "order-7"]);
  });

  test("is sent again after the refusal of a digest that carried other messages, too", async () => {
    const { repeats, sent, run } = createRepeats();
    const refused = repeats.run(keyed, scope, {
      send: (record) => {
        record.wasMerged = true;
        return Promise.reject(refusal(430101));
      },
    });
    await expect(refused).rejects.toThrow();

    await run(keyed);

    expect(sent).toEqual(["order-7"]);
  });

  test.each([
    ["for good", 430101],
    ["until it is mended", 310000],
  ])("is sent again with another text after a refusal %s", async (_case, errcode) => {
    const { sent, run } = createRepeats();
    await expect(run(keyed, failWith(refusal(errcode)))).rejects.toThrow();

    await run({ ...keyed, json: '{"msgtype":"text","text":{"content":"mended"}}' });

    expect(sent).toEqual(["order-7", "order-7"]);
  });

  const now = 0;
  const patient = { ...keyed, options: { ...keyed.options, retries: 5, maxWaitMs: 99_000 } };
  const mended = { ...keyed, json: '{"msgtype":"text","text":{"content":"mended"}}' };
  const expiring = { ...keyed, expiresAt: now + 1000, deadlineAt: now + 1000 };

  test.each<[string, Job<Message>, Job<Message>, Error, number]>([
    ["more retries after a lost answer", keyed, patient, lostAnswer, 2],
    ["a longer wait after one that was too short", keyed, patient, notSent("over-budget"), 2],
    ["a longer life after one that expired", expiring, keyed, notSent("expired"), 2],
    ["a later deadline after one that passed", expiring, keyed, notSent("deadline"), 2],
    ["a mended text after a refusal", keyed, mended, refusal(430101), 2],
    ["the same terms", keyed, keyed, lostAnswer, 1],
    ["fewer retries", patient, keyed, lostAnswer, 1],
    ["more retries after a refusal", keyed, patient, refusal(430101), 1],
    ["another text after a lost answer", keyed, mended, lostAnswer, 1],
  ])(
    "that joins another call goes by its own terms: %s",
    async (_case, one, other, failure, posts) => {
      const { sent, run } = createRepeats();
      const first = pending();
      const joining = repeatOf(other);
      const failed = run(one, (signal) => first.work(signal).then(failWith(failure)));
      await first.started;
      const joined = run(joining.job).then(
        () => "arrived",
        () => "failed",
      );
      await joining.recognised;

      first.finish();

      await expect(failed).rejects.toBe(failure);
      expect(await joined).toBe(posts === 2 ? "arrived" : "failed");
      expect(sent).toHaveLength(posts);
    },
  );

  test.each<[string, Partial<Job<Message>>, boolean, object]>([
    ["its life", { expiresAt: now + 1000 }, false, { reason: "expired" }],
    ["its deadline", { deadlineAt: now + 1000 }, false, { reason: "deadline" }],
    [
      "its life with the message on its way",
      { expiresAt: now + 1000 },
      true,
      { reason: "timeout", facts: { mayHaveArrived: true } },
    ],
  ])(
    "that joins another call waits no longer than %s, and the other call goes on",
    async (_case, terms, hasLeft, failure) => {
      const { clock, repeats } = createRepeats();
      const first = pending();
      const joining = repeatOf({ ...keyed, ...terms });
      const going = repeats.run(keyed, scope, {
        send: (record) => {
          record.hasLeft = hasLeft;
          return first.work(record.signal);
        },
      });
      await first.started;
      const joined = repeats.run(joining.job, scope, {
        send: () => expect.fail("sent twice"),
      });
      await joining.recognised;

      clock.advance(999);
      expect(clock.waiting).toBe(1);
      clock.advance(1);

      await expect(joined).rejects.toMatchObject(failure);
      first.finish();
      await expect(going).resolves.toBeUndefined();
      expect(clock.waiting).toBe(0);
    },
  );

  test("hears how old a remembered refusal is", async () => {
    const { clock, run } = createRepeats();
    await expect(run(keyed, failWith(refusal(300005)))).rejects.toThrow();
    clock.advance(7000);

    const again = run(keyed);

    await expect(again).rejects.toThrow(
      "DingTalk knows no robot with this access token (this repeats the answer of 7 s ago; DingTalk was not asked again)",
    );
  });

  test("goes on behind the parts that had arrived before a refusal", async () => {
    const { clock, repeats } = createRepeats();
    const refused = repeats.run(keyed, scope, {
      send: (record) => {
        record.partsSent = 1;
        return Promise.reject(refusal(310000));
      },
    });
    await expect(refused).rejects.toThrow();
    clock.advance(repeatForMs);

    const partsSent = new Promise<number>((resolve) => {
      void repeats.run(keyed, scope, { send: async (record) => resolve(record.partsSent) });
    });

    expect(await partsSent).toBe(1);
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

  test("is a repeat for 20 s after its outcome, however long that took", async () => {
    const { clock, sent, run } = createRepeats();
    const slow = async (): Promise<void> => {
      clock.advance(keepForMs + 1);
      throw lostAnswer;
    };
    await run(unkeyed, slow).catch(() => {});
    clock.advance(repeatForMs - 1);

    await run(unkeyed);

    expect(sent).toEqual(["uuid-1", "uuid-1"]);
  });

  test.each([
    ["a lost answer", lostAnswer],
    ["a refusal of the message", refusal(430101)],
    ["a missing keyword", refusal(310000)],
  ])("is a new message more than 20 s after %s", async (_case, error) => {
    const { clock, sent, run } = createRepeats();
    await run(unkeyed, failWith(error)).catch(() => {});
    clock.advance(repeatForMs);

    await run(unkeyed);

    expect(sent).toEqual(["uuid-1", "uuid-2"]);
  });

  test("is a new message more than 20 s after a caller went away", async () => {
    const { clock, sent, run } = createRepeats();
    const caller = new AbortController();
    const job = createJob({ signal: caller.signal });
    const goAway = async (): Promise<void> => caller.abort();
    await run(job, goAway);
    clock.advance(repeatForMs);

    await run(unkeyed);

    expect(sent).toEqual(["uuid-1", "uuid-2"]);
  });

  test("does not make a refusal last by repeats of it", async () => {
    const { clock, sent, run } = createRepeats();
    for (let second = 0; second < 40; second += 5) {
      await run(unkeyed, failWith(refusal(310000))).catch(() => {});
      clock.advance(5000);
    }

    expect(sent).toHaveLength(2);
  });

  test("is sent as often as callers wait for it at the same time", async () => {
    const { sent, run } = createRepeats();
    const works = [pending(), pending(), pending()];
    const calls = works.map(({ work }) => run(unkeyed, work));
    await Promise.all(works.map(({ started }) => started));

    for (const { finish } of works) finish();
    await Promise.all(calls);

    expect(sent).toEqual(["uuid-1", "uuid-2", "uuid-3"]);
  });

  test("is repeated once for each attempt that failed", async () => {
    const { sent, run } = createRepeats();
    const lost = [1, 2, 3].map(() => run(unkeyed, failWith(lostAnswer)));
    await Promise.allSettled(lost);

    for (let call = 0; call < 4; call += 1) await run(unkeyed);

    expect(sent.slice(3)).toEqual(["uuid-1", "uuid-2", "uuid-3", "uuid-4"]);
  });

  test("is repeated once for each caller that went away, while another one waits", async () => {
    const { sent, run } = createRepeats();
    const stays = pending();
    const staying = run(unkeyed, stays.work);
    const left = [1, 2].map(() => ({ caller: new AbortController(), ...pending() }));
    const calls = left.map(({ caller: { signal }, work }) => run(createJob({ signal }), work));
    await Promise.all(left.map(({ started }) => started));
    for (const { caller } of left) caller.abort();
    await Promise.allSettled(calls);

    for (let call = 0; call < 3; call += 1) await run(unkeyed);
    stays.finish();
    await staying;

    expect(sent).toEqual(["uuid-1", "uuid-2", "uuid-3", "uuid-2", "uuid-3", "uuid-4"]);
  });

  test("is open again when the call that repeats it goes away, too", async () => {
    const { sent, run } = createRepeats();
    await run(unkeyed, failWith(lostAnswer)).catch(() => {});
    const caller = new AbortController();
    const repeat = pending();
    const left = run(createJob({ signal: caller.signal }), repeat.work);
    await repeat.started;
    caller.abort();
    await Promise.allSettled([left]);

    await run(unkeyed);

    expect(sent).toEqual(["uuid-1", "uuid-1", "uuid-1"]);
  });

  test("may be tried again after a new configuration", async () => {
    const { repeats, sent, run } = createRepeats();
    await expect(run(unkeyed, failWith(refusal(310000)))).rejects.toThrow();

    repeats.forgetRefusals(scope.scope);
    await run(unkeyed);

    expect(sent).toHaveLength(2);
  });

  test.each([
    ["without a key", unkeyed],
    ["with a key", createJob({ appKey: "order-7" })],
  ])("is not remembered %s if a new configuration came before it", async (_case, job) => {
    const { sent, run } = createRepeats();
    const replaced = createScope({ isClosed: true });
    await expect(run(job, failWith(refusal(310000)), replaced)).rejects.toThrow();

    await run(job);

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
