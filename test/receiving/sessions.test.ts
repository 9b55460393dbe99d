import { describe, expect, test } from "vitest";
import { mostSessions, Sessions } from "../../src/receiving/sessions.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { messageOf, openSession, secrets } from "./support/messages.ts";

const owner = { instance: "a", robot: "dingabc" };

describe("the sessions", () => {
  test("are found by robot and msgId until they expire", async () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock);
    sessions.put(owner, messageOf());

    clock.advance(5_399_999);
    const found = await sessions.find(owner, "msg1==");
    const others = [
      await sessions.find({ ...owner, robot: "other" }, "msg1=="),
      await sessions.find(owner, "msg2=="),
    ];
    clock.advance(1);

    expect(openSession(found).address.reveal()).toBe(secrets.session);
    expect(others).toEqual([undefined, undefined]);
    expect(await sessions.find(owner, "msg1==")).toBe("expired");
  });

  test("of two components with one robot id are kept apart", async () => {
    const sessions = new Sessions(new FakeClock());
    const addressOf = (of: string) => `https://oapi.dingtalk.com/robot/sendBySession?session=${of}`;
    const owners = ["a", "b"].map((instance) => ({ instance, robot: "shared-id" }));
    for (const to of owners) {
      sessions.put(to, messageOf({ sessionWebhook: addressOf(to.instance) }));
    }

    const found = await Promise.all(owners.map((to) => sessions.find(to, "msg1==")));

    expect(found.map((session) => openSession(session).address.reveal())).toEqual(
      ["a", "b"].map(addressOf),
    );
  });

  test("with an end that is far away are kept for 24 hours", async () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock);
    sessions.put(owner, messageOf({ sessionWebhookExpiredTime: 1e18 }));

    clock.advance(86_399_999);
    const found = await sessions.find(owner, "msg1==");
    clock.advance(1);

    expect(openSession(found).address.reveal()).toBe(secrets.session);
    expect(await sessions.find(owner, "msg1==")).toBe("expired");
  });

  test("without a stated end are kept for 90 minutes", async () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock);
    sessions.put(owner, messageOf({ sessionWebhookExpiredTime: undefined }));

    clock.advance(5_399_999);
    const found = await sessions.find(owner, "msg1==");
    clock.advance(1);

    expect(openSession(found).address.reveal()).toBe(secrets.session);
    expect(await sessions.find(owner, "msg1==")).toBe("expired");
  });

  test.each([
    ["no session", { sessionWebhook: undefined }],
    ["no msgId", { msgId: undefined }],
  ])("have none for a message with %s", (_case, fields) => {
    const sessions = new Sessions(new FakeClock());

    sessions.put(owner, messageOf(fields));

    expect(sessions.size).toBe(0);
  });

  test("are known to be over, also those that were when their message came", async () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock);

    sessions.put(owner, messageOf({ sessionWebhookExpiredTime: 1 }));

    expect(await sessions.find(owner, "msg1==")).toBe("expired");
  });

  test("leave no address behind", async () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock);
    sessions.put(owner, messageOf());
    const life = 5_400_000;

    clock.advance(life);
    sessions.put(owner, messageOf({ msgId: "msg2==" }));
    clock.set(-life);

    // With the clock set back, the session would be open again if its address were still there.
    expect(await sessions.find(owner, "msg1==")).toBe("expired");
  });

  test("are 10,000 at most: those that are over go first, then the oldest", async () => {
    const clock = new FakeClock();
    const sessions = new Sessions(clock);
    const put = (n: number, forMs: number): void => {
      const sessionWebhookExpiredTime = clock.now() + forMs;
      sessions.put(owner, messageOf({ msgId: `${n}`, sessionWebhookExpiredTime }));
    };
    for (let n = 0; n < mostSessions; n += 1) put(n, n === 5000 ? 1000 : 5_400_000);

    clock.advance(1000);
    put(mostSessions, 5_400_000);
    const [first, over] = [await sessions.find(owner, "0"), await sessions.find(owner, "5000")];
    put(mostSessions + 1, 5_400_000);

    expect(openSession(first).address.reveal()).toBe(secrets.session);
    expect(over).toBeUndefined();
    expect(await sessions.find(owner, "0")).toBeUndefined();
    expect(sessions.size).toBe(mostSessions);
  });
});
