import { pino } from "pino";
import { describe, expect, test } from "vitest";
import { type FailureFacts, type Message, noFacts } from "../../src/delivery/channel.ts";
import { Delivery } from "../../src/delivery/delivery.ts";
import { RobotUnreachableError } from "../../src/dingtalk/errors.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { createJob, createOptions } from "./support/jobs.ts";
import { ListChannel } from "./support/list-channel.ts";

const options = createOptions({ messagesPerMinute: 2, overflow: "reject", retries: 0 });
let messages = 0;
const nextJob = () => {
  const json = `message ${++messages}`;
  return createJob({ json, parts: [{ json }], options });
};

/** A target that answers with these failures, one after the other, and then takes the message. */
function openPool(failures: Error[]) {
  const clock = new FakeClock();
  const delivery = new Delivery<Message>({ clock, log: pino({ level: "silent" }) });
  const channel = new ListChannel("one");
  channel.answer = () => {
    const failure = failures.shift();
    return failure === undefined ? Promise.resolve() : Promise.reject(failure);
  };
  const pool = delivery.open("a", { channels: [channel] });
  return { clock, pool, send: () => pool.deliver(nextJob()) };
}

class AnswerError extends Error {
  readonly facts: FailureFacts;

  constructor(facts: Partial<FailureFacts>) {
    super("an answer");
    this.facts = { ...noFacts, outcome: { kind: "refused", reason: "throttled" }, ...facts };
  }
}

const unreachable = (
  reason: ConstructorParameters<typeof RobotUnreachableError>[0],
  details: { readonly mayHaveArrived: boolean; readonly httpStatus?: number },
) => new RobotUnreachableError(reason, { message: "no answer", ...details });

describe("an attempt that the target surely heard nothing of", () => {
  test.each(["dns-failed", "connect-failed", "tls-failed", "proxy-failed", "timeout"] as const)(
    "gives its slot back: %s",
    async (reason) => {
      const failure = unreachable(reason, { mayHaveArrived: false });
      const { send } = openPool([failure, failure, failure]);
      for (let call = 0; call < 3; call += 1) await expect(send()).rejects.toThrow(failure);

      await send();

      await expect(send()).resolves.toBeUndefined();
    },
  );

  test("lets the next call probe after a penalty", async () => {
    const throttled = new AnswerError({ limit: "throttled" });
    const refused = unreachable("connect-failed", { mayHaveArrived: false });
    const { clock, send } = openPool([throttled, refused]);
    await expect(send()).rejects.toThrow(throttled);
    clock.advance(60_000);
    await expect(send()).rejects.toThrow(refused);

    await expect(send()).resolves.toBeUndefined();
  });
});

describe("an attempt that the target may have heard of", () => {
  test.each([
    ["a lost answer", unreachable("connection-lost", { mayHaveArrived: true })],
    [
      "an answer of HTTP 404",
      unreachable("http-error", { mayHaveArrived: false, httpStatus: 404 }),
    ],
    ["a refusal", new AnswerError({ limit: "open" })],
  ])("uses its slot up: %s", async (_case, failure) => {
    const { send } = openPool([failure, failure]);
    for (let call = 0; call < 2; call += 1) await expect(send()).rejects.toThrow(failure);

    await expect(send()).rejects.toMatchObject({ reason: "over-budget" });
  });
});

describe("a throttle answer with a time", () => {
  test.each([
    [5000, 5000],
    [90_000, 90_000],
    [86_400_000, 3_600_000],
  ])("of %i ms closes the target for %i ms", async (retryAfterMs, closedForMs) => {
    const throttled = new AnswerError({ limit: "throttled", retryAfterMs });
    const { clock, send } = openPool([throttled]);
    await expect(send()).rejects.toThrow(throttled);

    const during = send();
    await expect(during).rejects.toMatchObject({
      reason: "robot-closed",
      retryAfterMs: closedForMs,
    });
    clock.advance(closedForMs);
    await expect(send()).resolves.toBeUndefined();
  });
});
