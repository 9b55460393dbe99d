import { describe, expect, test } from "vitest";
import { call, createSandbox, entries, hello, received, send } from "../support/sandbox.ts";

const message = { ...hello, msgUuid: "u1" };

describe("requests with the same msgUuid", () => {
  test("are one entry, and the repeat is not shown again", async () => {
    const { sandbox } = await createSandbox();
    await send(sandbox, { message });
    await send(sandbox, { message });

    const shown = await entries(sandbox);

    expect(shown).toMatchObject([{ id: "1", msgUuid: "u1", outcome: "accepted" }]);
    expect(shown[0]?.attempts).toMatchObject([
      { isRepeat: false, errcode: 0 },
      { isRepeat: true, errcode: 0, errmsg: "ok" },
    ]);
  });

  test("are one entry also when the msgUuid is long", async () => {
    const { sandbox } = await createSandbox();
    const long = { ...hello, msgUuid: "u".repeat(10_000) };
    await send(sandbox, { message: long });
    await send(sandbox, { message: long });

    const shown = await entries(sandbox);

    expect(shown.map(({ attempts }) => attempts.length)).toEqual([2]);
  });

  test("become accepted once one of them is", async () => {
    const { sandbox } = await createSandbox();
    const faults = [{ effect: { type: "errcode", errcode: -1 }, next: 1 }];
    await call(sandbox, "PUT /api/robots/sandbox/faults", faults);
    await send(sandbox, { message });
    await send(sandbox, { message });

    const shown = await entries(sandbox);

    expect(shown).toMatchObject([{ id: "1", outcome: "accepted", fault: null, why: null }]);
    expect(shown[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["faulted", "accepted"]);
    expect(await received(sandbox)).toHaveLength(1);
  });

  test("stay accepted when a later one is refused", async () => {
    const { sandbox } = await createSandbox([{ token: "sandbox", messagesPerMinute: 1 }]);
    await send(sandbox, { message });
    await send(sandbox, { message });

    const shown = await entries(sandbox);

    expect(shown).toMatchObject([{ outcome: "accepted", errcode: 0 }]);
    expect(shown[0]?.attempts.map(({ outcome }) => outcome)).toEqual(["accepted", "refused"]);
  });

  test("are remembered up to a hundred", async () => {
    const { sandbox } = await createSandbox([{ token: "sandbox", messagesPerMinute: 1000 }]);
    await Promise.all(Array.from({ length: 101 }, () => send(sandbox, { message })));

    const [entry] = await entries(sandbox);

    expect(entry?.attempts).toHaveLength(100);
  });
});
