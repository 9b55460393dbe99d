import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Inbox } from "../../src/receiving/inbox.ts";
import { mostLateWaits } from "../../src/receiving/late-waits.ts";
import type { ReceivedMessage } from "../../src/receiving/received-message.ts";
import { HandOverError, type HandOverFailure } from "../../src/receiving/receiving-app.ts";
import { Sessions } from "../../src/receiving/sessions.ts";
import { Metrics } from "../../src/telemetry/metrics.ts";
import { keepLog } from "../support/component.ts";
import { settle } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { parseSamples } from "../telemetry/support/scrape.ts";
import { messageOf, openSession, secrets } from "./support/messages.ts";
import { TestApp } from "./support/test-app.ts";

/** An inbox with an app, and everything that is seen of it. */
function start(settings: Partial<TestApp["settings"]> = {}) {
  const clock = new FakeClock();
  const { logged, log } = keepLog();
  const metrics = new Metrics({
    ...{ version: "1", clock, monthOf: () => "2026-01" },
    ...{ components: () => [], forgottenKeys: () => 0 },
  });
  const sessions = new Sessions(clock);
  const deps = { clock, random: () => 0, log, telemetry: metrics.receiving, sessions };
  const app = new TestApp();
  Object.assign(app.settings, settings);
  const value = async (sample: string) => parseSamples(await metrics.text()).get(sample);
  return { clock, logged, inbox: new Inbox(deps), app, sessions, metrics, value };
}

const failure = (kind: HandOverFailure) => new HandOverError(kind, kind);
const read = (n: number): ReceivedMessage => messageOf({ msgId: `msg${n}` });

/** What a promise has settled with, or `pending`. */
async function outcomeOf<T>(promise: Promise<T>): Promise<T | "pending"> {
  return await Promise.race([promise, settle().then(() => "pending" as const)]);
}

describe("a message", () => {
  test("is accepted when the app answers, and the answer is said", async () => {
    const { inbox, app, value } = start();
    const receipt = inbox.receive(app, messageOf());
    expect(receipt.state()).toBe("with-app");
    expect(app.last).toMatchObject({ attempt: 1 });

    app.last.answer("hello");

    expect(await receipt.accepted).toBe(true);
    expect(await receipt.answer).toEqual(Buffer.from("hello"));
    await settle();
    expect(receipt.state()).toBe("done");
    expect(app.said).toEqual(["hello"]);
    const labels = 'instance="support-bot"';
    expect(await value(`dingtalk_received_total{${labels},via="stream",outcome="accepted"}`)).toBe(
      1,
    );
    expect(await value(`dingtalk_handled_total{${labels},outcome="answered"}`)).toBe(1);
    expect(await value('dingtalk_app_attempts_total{outcome="answered"}')).toBe(1);
  });

  test("is accepted 2.5 s after its hand-over while the app still works", async () => {
    const { clock, inbox, app, value } = start();
    const receipt = inbox.receive(app, messageOf());

    clock.advance(2499);
    expect(await outcomeOf(receipt.accepted)).toBe("pending");
    clock.advance(1);

    expect(await receipt.accepted).toBe(true);
    expect(receipt.state()).toBe("with-app");
    expect(await value("dingtalk_receive_in_flight")).toBe(1);
    expect(await value("dingtalk_ack_seconds_sum")).toBe(2.5);
  });

  test("is handed over once, and every copy hears the same end", async () => {
    const { clock, inbox, app, value } = start();
    const first = inbox.receive(app, messageOf());
    const second = inbox.receive(app, messageOf());

    clock.advance(2500);
    const third = inbox.receive(app, messageOf());
    app.last.answer("once");
    await settle();
    const late = inbox.receive(app, messageOf());

    const ends = [first, second, third, late].map(({ accepted }) => accepted);
    expect(await Promise.all(ends)).toEqual([true, true, true, true]);
    expect(await late.answer).toBeUndefined();
    expect(app.handOvers).toHaveLength(1);
    const sample = 'dingtalk_received_total{instance="support-bot",via="stream",outcome=';
    expect(await value(`${sample}"accepted"}`)).toBe(1);
    expect(await value(`${sample}"duplicate"}`)).toBe(3);
  });

  test("is held while nobody reads, and handed over when somebody does", async () => {
    const { inbox, app, value } = start();
    app.isReading = false;
    const receipt = inbox.receive(app, messageOf());
    expect(receipt.state()).toBe("held");
    expect(await value("dingtalk_receive_held")).toBe(1);

    app.isReading = true;
    inbox.readersChanged(app);

    expect(receipt.state()).toBe("with-app");
    expect(await outcomeOf(receipt.accepted)).toBe("pending");
  });

  test("is given back to DingTalk when nobody reads for two minutes", async () => {
    const { clock, inbox, app, value } = start();
    app.isReading = false;
    const receipt = inbox.receive(app, messageOf());

    clock.advance(120_000);

    expect(await receipt.accepted).toBe(false);
    expect(await receipt.answer).toBeUndefined();
    expect(receipt.state()).toBe("overflow");
    const sample =
      'dingtalk_received_total{instance="support-bot",via="stream",outcome="overflow"}';
    expect(await value(sample)).toBe(1);
  });

  test("goes to another stream when its stream breaks", async () => {
    const { inbox, app } = start();
    inbox.receive(app, messageOf());

    app.last.fail(failure("stream-broke"));
    await settle();

    expect(app.handOvers.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("is lost after all attempts, which the log tells without what people wrote", async () => {
    const { clock, logged, inbox, app, value } = start({ redeliver: 1 });
    const receipt = inbox.receive(app, messageOf());

    app.last.fail(failure("app-failed"));
    await settle();
    clock.advance(1000);
    app.last.fail(failure("app-failed"));

    expect(await receipt.accepted).toBe(true);
    expect(logged).toEqual([
      expect.objectContaining({
        ...{ level: 50, instance: "support-bot", msgId: "msg1==", msgtype: "text" },
        ...{ conversation: "group", reason: "app-failed", attempts: 2 },
      }),
    ]);
    const sample = 'dingtalk_handled_total{instance="support-bot",outcome="lost"}';
    expect(await value(sample)).toBe(1);
  });

  test("has an id of at most 128 characters in the log", async () => {
    const { logged, inbox, app } = start({ redeliver: 0 });
    inbox.receive(app, messageOf({ msgId: "m".repeat(5000), msgtype: "t".repeat(1024) }));

    app.last.fail(failure("app-failed"));
    await settle();

    expect(logged).toMatchObject([{ msgId: "m".repeat(128), msgtype: "t".repeat(128) }]);
  });

  test("without an answer in time leaves its place, and its late answer is still said", async () => {
    const { clock, inbox, app, value } = start({ maxInFlight: 1, handleTimeoutMs: 5000 });
    const first = inbox.receive(app, read(1));
    const second = inbox.receive(app, read(2));
    const slow = app.last;

    clock.advance(5000);
    expect(second.state()).toBe("with-app");
    expect(await first.answer).toBeUndefined();
    slow.answer("late");
    await settle();

    expect(app.said).toEqual(["late"]);
    expect(app.handOvers.map(({ message }) => message.msgId)).toEqual(["msg1", "msg2"]);
    const sample = 'dingtalk_handled_total{instance="support-bot",outcome=';
    expect(await value(`${sample}"unanswered"}`)).toBe(1);
    expect(await value(`${sample}"answered"}`)).toBeUndefined();
  });

  test("of a flood is either taken or left to DingTalk, and none is handled twice", async () => {
    const { inbox, app, value } = start({ maxInFlight: 4 });

    const receipts = Array.from({ length: 1000 }, (_, n) => inbox.receive(app, read(n)));
    for (let n = 0; n < app.handOvers.length; n += 1) {
      app.handOvers[n]?.answer();
      await settle();
    }

    const ends = await Promise.all(receipts.map(({ accepted }) => accepted));
    expect(ends.filter(Boolean)).toHaveLength(260);
    expect(new Set(app.handOvers.map(({ message }) => message.key)).size).toBe(260);
    expect(app.handOvers).toHaveLength(260);
    const sample =
      'dingtalk_received_total{instance="support-bot",via="stream",outcome="overflow"}';
    expect(await value(sample)).toBe(740);
  });

  test("that mentions two robots goes to both apps", () => {
    const { inbox, app } = start();
    const other = new TestApp();

    inbox.receive(app, messageOf());
    inbox.receive(other, messageOf({ chatbotUserId: "another" }));

    expect([app.handOvers.length, other.handOvers.length]).toEqual([1, 1]);
  });

  test("leaves its session behind", async () => {
    const { inbox, app, sessions } = start();

    inbox.receive(app, messageOf());

    const session = openSession(await sessions.find(app, "msg1=="));
    expect(session.address.reveal()).toBe(secrets.session);
  });

  test("that tells of the used quota goes to the app, and the log tells it once an hour", async () => {
    const { clock, logged, inbox, app, value } = start();
    const receive = (n: number) =>
      inbox.receive(app, messageOf({ msgId: `${n}`, errorCode: 20001, text: undefined }));

    receive(1);
    receive(2);
    clock.advance(3_600_000);
    receive(3);

    expect(app.handOvers).toHaveLength(3);
    expect(logged.filter(({ msg }) => String(msg).includes("quota"))).toHaveLength(2);
    expect(await value('dingtalk_over_quota_total{instance="support-bot"}')).toBe(3);
  });
});

describe("the wait for a late answer", () => {
  /** An app that answers nothing and notes which of its hand-overs nobody waits for any more. */
  class HungApp extends TestApp {
    readonly over: string[] = [];

    override handOver(...[message, attempt, options]: Parameters<TestApp["handOver"]>) {
      const { isOver } = options;
      isOver.addEventListener("abort", () => this.over.push(`${message.msgId}`));
      return super.handOver(message, attempt, options);
    }
  }
  const startHung = () => {
    const app = new HungApp();
    Object.assign(app.settings, { maxInFlight: 2000, handleTimeoutMs: 5000 });
    return { ...start(), app };
  };
  const minuteMs = 60_000;

  test.each([
    ["when the session expires", 20 * minuteMs, 20 * minuteMs],
    ["after 90 minutes if the session lives longer", 600 * minuteMs, 90 * minuteMs + 5000],
  ])("ends %s", (_case, livesMs, endsAtMs) => {
    const { clock, inbox, app } = startHung();
    inbox.receive(app, messageOf({ sessionWebhookExpiredTime: clock.now() + livesMs }));

    clock.advance(5000);
    clock.advance(endsAtMs - 5001);
    expect(app.over).toEqual([]);
    clock.advance(1);

    expect(app.over).toEqual(["msg1=="]);
    expect(clock.waiting).toBe(0);
  });

  test("does not begin for a message whose answer cannot be said", () => {
    const { clock, inbox, app } = startHung();
    inbox.receive(app, messageOf({ sessionWebhook: undefined }));

    clock.advance(5000);

    expect(app.over).toEqual(["msg1=="]);
  });

  test(`is given up for the oldest message, and counted, when there are more than ${mostLateWaits}`, async () => {
    const { clock, inbox, app, value } = startHung();
    for (let n = 0; n < mostLateWaits + 2; n += 1) inbox.receive(app, read(n));
    clock.advance(5000);

    expect(app.handOvers).toHaveLength(mostLateWaits + 2);
    expect(app.over).toEqual(["msg0", "msg1"]);
    expect(await value("dingtalk_forgotten_answers_total")).toBe(2);
  });

  test("ends when its answer came, and with the process", async () => {
    const { clock, inbox, app } = startHung();
    inbox.receive(app, read(1));
    inbox.receive(app, read(2));
    clock.advance(5000);

    app.handOvers[0]?.answer("late");
    await settle();
    await inbox.stop(0);

    expect(app.said).toEqual(["late"]);
    expect(app.over).toEqual(["msg2"]);
    expect(clock.waiting).toBe(0);
  });
});

describe("an app that is gone", () => {
  test("leaves to DingTalk what was not accepted, and loses what was", async () => {
    const { clock, logged, inbox, app, value } = start();
    const accepted = inbox.receive(app, read(1));
    clock.advance(2500);
    const fresh = inbox.receive(app, read(2));

    app.isReading = false;
    for (const { fail } of app.handOvers) fail(failure("stream-broke"));
    inbox.gone(app);
    await settle();

    expect(await Promise.all([accepted.accepted, fresh.accepted])).toEqual([true, false]);
    expect([accepted.state(), fresh.state()]).toEqual(["done", "overflow"]);
    expect(clock.waiting).toBe(0);
    expect(logged).toMatchObject([{ msgId: "msg1", reason: "stream-broke", attempts: 1 }]);
    const labels = 'instance="support-bot"';
    expect(await value(`dingtalk_handled_total{${labels},outcome="lost"}`)).toBe(1);
    expect(await value(`dingtalk_received_total{${labels},via="stream",outcome="overflow"}`)).toBe(
      1,
    );
  });
});

describe("a fault of one app", () => {
  test("is logged and does not keep the messages of the others", async () => {
    const { clock, logged, inbox, app } = start();
    const broken = new TestApp();
    Object.defineProperty(broken, "redis", {
      get: () => {
        throw new Error("planted");
      },
    });

    inbox.receive(broken, messageOf({ msgId: "1" }));
    inbox.receive(app, messageOf({ msgId: "2" }));
    clock.advance(2500);
    inbox.receive(app, messageOf({ msgId: "3" }));
    app.handOvers[0]?.answer("said");
    await settle();

    expect(app.handOvers.map(({ message }) => message.msgId)).toEqual(["2", "3"]);
    expect(app.said).toEqual(["said"]);
    expect(logged).toContainEqual(
      expect.objectContaining({ reason: "internal", err: expect.anything() }),
    );
  });
});

describe("the end of the process", () => {
  test("waits for what the app has, and leaves the rest to DingTalk", async () => {
    const { inbox, app } = start({ maxInFlight: 1 });
    const first = inbox.receive(app, read(1));
    const second = inbox.receive(app, read(2));

    const stopped = inbox.stop(10_000);
    const third = inbox.receive(app, read(3));
    expect(await outcomeOf(stopped)).toBe("pending");
    app.last.answer("bye");
    await stopped;

    const ends = [first, second, third].map(({ accepted }) => accepted);
    expect(await Promise.all(ends)).toEqual([true, false, false]);
    expect(app.said).toEqual(["bye"]);
  });

  test("waits no longer than the grace, and leaves no timer behind", async () => {
    const { clock, inbox, app } = start();
    const receipt = inbox.receive(app, messageOf());

    const stopped = inbox.stop(1000);
    clock.advance(1000);
    await stopped;

    expect(await receipt.accepted).toBe(false);
    expect(clock.waiting).toBe(0);
  });
});

describe("the logs and metrics of the inbox", () => {
  const word = fc.string({ minLength: 1, maxLength: 12 }).map((text) => `secret-${text}-secret`);
  const message = fc.record({ text: word, nick: word, title: word, session: word });
  const outcome = fc.constantFrom("answer", "no-reader", "stream-broke", "app-failed", "crash");

  test("show nothing that people wrote and nothing that opens a conversation", async () => {
    await fc.assert(
      fc.asyncProperty(message, fc.array(outcome, { maxLength: 6 }), async (given, outcomes) => {
        const { clock, logged, inbox, app, metrics } = start({ redeliver: 1 });
        inbox.receive(
          app,
          messageOf({
            ...{ text: { content: given.text }, senderNick: given.nick, errorCode: "20001" },
            ...{ conversationTitle: given.title, sessionWebhook: `https://x/${given.session}` },
          }),
        );

        for (const one of outcomes) {
          const { message, answer, fail } = app.last;
          const echo = message.data.toString();
          const ends: Record<string, () => void> = {
            answer: () => answer(echo),
            crash: () => fail(new HandOverError("app-failed", echo, { cause: new Error(echo) })),
          };
          (ends[one] ?? (() => fail(new HandOverError("stream-broke", echo))))();
          await settle();
          clock.advance(60_000);
        }

        const seen = JSON.stringify(logged) + (await metrics.text());
        expect(logged.length).toBeGreaterThan(0);
        for (const secret of Object.values(given)) {
          expect(seen).not.toContain(secret);
          expect(seen).not.toContain(JSON.stringify(secret).slice(1, -1));
        }
      }),
      { numRuns: 40 },
    );
  });
});
