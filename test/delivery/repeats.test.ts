import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CancelSignal } from "../../src/base/cancellation.ts";
import type { MessageIdentity } from "../../src/delivery/message-key.ts";
import { Once } from "../../src/delivery/repeats.ts";
import { explainErrcode } from "../../src/dingtalk/errcodes.ts";
import { RobotRefusedError, RobotUnreachableError } from "../../src/dingtalk/errors.ts";
import { settle } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";

const zeros = "00-00000000000000000000000000000000-0000000000000000-00";
const keepForMs = 600_000;
const neverAborted = new AbortController().signal;

const identity = (changes: Partial<MessageIdentity> = {}): MessageIdentity => ({
  scope: "component robot",
  appKey: undefined,
  json: '{"msgtype":"text","text":{"content":"Hi"}}',
  traceparent: undefined,
  ...changes,
});

function refusal(errcode: number): RobotRefusedError {
  const explained = explainErrcode(errcode, "") ?? expect.fail("no refusal");
  return new RobotRefusedError(explained, { errcode, errmsg: "", serverTimeMs: undefined });
}

const lostAnswer = new RobotUnreachableError("timeout", { message: "", mayHaveArrived: true });

/** Counts the deliveries; each ends as the next of the outcomes says, the last one for ever. */
function createOnce() {
  const clock = new FakeClock(0);
  let uuids = 0;
  const once = new Once(clock, () => `uuid-${++uuids}`);
  const delivered: string[] = [];
  const deliver = (
    of: MessageIdentity,
    outcome: (signal: CancelSignal) => Promise<void> = async () => {},
    signal: CancelSignal = neverAborted,
  ): Promise<void> =>
    once.deliver(of, { signal, keepForMs }, (parcel, shared) => {
      delivered.push(parcel.msgUuid);
      return outcome(shared);
    });
  return { clock, once, delivered, deliver };
}

const failWith = (error: Error) => () => Promise.reject(error);

/** Work that ends when it is told to, or fails when all callers have gone. */
function pending() {
  let finish = (): void => {};
  const work = (signal: CancelSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      finish = resolve;
      signal.addEventListener("abort", () => reject(lostAnswer));
    });
  return { work, finish: () => finish() };
}

describe("a key that the app gave", () => {
  const keyed = identity({ appKey: "order-7" });

  test("gets the outcome of the first without another delivery", async () => {
    const { delivered, deliver } = createOnce();
    await deliver(keyed);

    await deliver(keyed);

    expect(delivered).toEqual(["order-7"]);
  });

  test("joins the running attempt", async () => {
    const { delivered, deliver } = createOnce();
    const first = pending();
    const calls = [deliver(keyed, first.work), deliver(keyed)];
    await settle();

    first.finish();
    await Promise.all(calls);

    expect(delivered).toHaveLength(1);
  });

  test("remembers a permanent refusal", async () => {
    const { delivered, deliver } = createOnce();
    await expect(deliver(keyed, failWith(refusal(310000)))).rejects.toThrow();

    const again = deliver(keyed);

    await expect(again).rejects.toMatchObject({ errcode: 310000 });
    expect(delivered).toHaveLength(1);
  });

  test.each([
    ["a busy DingTalk", refusal(-1)],
    ["a throttled robot", refusal(130101)],
    ["a lost answer", lostAnswer],
  ])("is delivered again under the same msgUuid after %s", async (_case, error) => {
    const { delivered, deliver } = createOnce();
    await expect(deliver(keyed, failWith(error))).rejects.toThrow();

    await deliver(keyed);

    expect(delivered).toEqual(["order-7", "order-7"]);
  });

  test("is a new message after the time", async () => {
    const { clock, delivered, deliver } = createOnce();
    await deliver(keyed);

    clock.advance(keepForMs);
    await deliver(keyed);

    expect(delivered).toHaveLength(2);
  });

  test("goes on while one of its callers is there", async () => {
    const { deliver } = createOnce();
    const first = pending();
    const leaving = new AbortController();
    const calls = [deliver(keyed, first.work, leaving.signal), deliver(keyed)];
    await settle();

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
    const { delivered, deliver } = createOnce();
    await deliver(identity({ traceparent }));

    await deliver(identity({ traceparent }));

    expect(delivered).toEqual(["uuid-1", "uuid-2"]);
  });

  test("keeps its msgUuid after a failure", async () => {
    const { delivered, deliver } = createOnce();
    await expect(deliver(identity(), failWith(lostAnswer))).rejects.toThrow();

    await deliver(identity());

    expect(delivered).toEqual(["uuid-1", "uuid-1"]);
  });

  test("costs no second POST after a permanent refusal", async () => {
    const { delivered, deliver } = createOnce();
    await expect(deliver(identity(), failWith(refusal(300005)))).rejects.toThrow();

    await expect(deliver(identity())).rejects.toMatchObject({ errcode: 300005 });

    expect(delivered).toHaveLength(1);
  });

  test("is not delivered again when the first caller left before the answer", async () => {
    const { delivered, deliver } = createOnce();
    const first = pending();
    const caller = new AbortController();
    const left = deliver(identity(), () => first.work(neverAborted), caller.signal);
    await settle();
    caller.abort();
    first.finish();
    await left;

    await deliver(identity());

    expect(delivered).toEqual(["uuid-1"]);
  });

  test("waits for the end of an attempt that was given up, and tries under its msgUuid", async () => {
    const { delivered, deliver } = createOnce();
    const caller = new AbortController();
    const left = deliver(identity(), pending().work, caller.signal);
    await settle();
    caller.abort();

    const again = deliver(identity());

    await expect(left).rejects.toBe(lostAnswer);
    await again;
    expect(delivered).toEqual(["uuid-1", "uuid-1"]);
  });

  test("is a repeat for deduplicateFor after its outcome, however long that took", async () => {
    const { clock, delivered, deliver } = createOnce();
    const slow = async (): Promise<void> => {
      clock.advance(keepForMs + 1);
      throw lostAnswer;
    };
    await deliver(identity(), slow).catch(() => {});
    clock.advance(keepForMs - 1);

    await deliver(identity());

    expect(delivered).toEqual(["uuid-1", "uuid-1"]);
  });

  test("may be tried again after a new configuration", async () => {
    const { once, delivered, deliver } = createOnce();
    await expect(deliver(identity(), failWith(refusal(310000)))).rejects.toThrow();

    once.forgetRefusals(identity().scope);
    await deliver(identity());

    expect(delivered).toHaveLength(2);
  });
});

describe("different messages", () => {
  test("never share a key", async () => {
    const part = fc.constantFrom("a", "b", "ab", "1:a", "", "a1:b");
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.record({ scope: part, json: part, traceparent: part }), {
          selector: (value) => JSON.stringify(value),
          maxLength: 12,
        }),
        async (messages) => {
          const { delivered, deliver } = createOnce();

          for (const message of messages) {
            await deliver(identity(message), failWith(lostAnswer)).catch(() => {});
          }

          expect(new Set(delivered)).toHaveProperty("size", messages.length);
        },
      ),
    );
  });

  test("nor is one that was answered swallowed, whatever went before", async () => {
    const outcome = fc.constantFrom("success", "lost", "refused");
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { maxLength: 10 }), async (outcomes) => {
        const { once, delivered, deliver } = createOnce();
        const results = {
          success: async () => {},
          lost: failWith(lostAnswer),
          refused: failWith(refusal(310000)),
        };
        for (const name of outcomes) {
          await deliver(identity(), results[name]).catch(() => {});
          once.forgetRefusals(identity().scope);
        }
        await deliver(identity());
        const before = delivered.length;

        await deliver(identity());

        expect(delivered).toHaveLength(before + 1);
        expect(delivered.at(-1)).not.toBe(delivered.at(-2));
      }),
    );
  });
});
