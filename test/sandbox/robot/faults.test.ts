import { describe, expect, test } from "vitest";
import type { RobotState } from "../../../sandbox/api/types.ts";
import { eventually } from "../../support/eventually.ts";
import { call, createSandbox, entries, hello, received, send } from "../support/sandbox.ts";

const faultsOf = "PUT /api/robots/sandbox/faults";

describe("a fault", () => {
  test.each([
    [{ type: "errcode", errcode: -1 }, 200, { errcode: -1, errmsg: "系统繁忙" }],
    [{ type: "errcode", errcode: 1, errmsg: "x" }, 200, { errcode: 1, errmsg: "x" }],
  ])("answers with %j", async (effect, status, answer) => {
    const { sandbox } = await createSandbox();
    await call(sandbox, faultsOf, [{ effect, next: 1 }]);

    const response = await post(sandbox.url);

    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(answer);
    expect(await entries(sandbox)).toMatchObject([
      { outcome: "faulted", fault: effect, errcode: effect.errcode, message: hello },
    ]);
  });

  test.each([
    [{ type: "http-status", status: 503 }, 503, /^$/],
    [{ type: "redirect" }, 302, /^$/],
    [{ type: "html" }, 200, /^<!DOCTYPE html>/],
  ])("answers with %j and no JSON", async (effect, status, body) => {
    const { sandbox } = await createSandbox();
    await call(sandbox, faultsOf, [{ effect, next: 1 }]);

    const response = await post(sandbox.url);

    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(body);
    expect(await received(sandbox)).toEqual([]);
    expect((await send(sandbox)).errcode).toBe(0);
  });

  test.each([
    ["reset", 0],
    ["lost-answer", 1],
    ["truncated", 1],
  ])("of type %s leaves the sender without an answer and %i messages", async (type, count) => {
    const { sandbox } = await createSandbox();
    await call(sandbox, faultsOf, [{ effect: { type }, next: 1 }]);

    const answer = post(sandbox.url).then((response) => response.text());

    await expect(answer).rejects.toBeInstanceOf(TypeError);
    expect(await received(sandbox)).toHaveLength(count);
    expect(await entries(sandbox)).toMatchObject([{ fault: { type }, why: expect.any(String) }]);
  });

  test("makes the robot hang", async () => {
    const { sandbox } = await createSandbox();
    await call(sandbox, faultsOf, [{ effect: { type: "hang" }, next: 1 }]);
    const controller = new AbortController();
    const answer = post(sandbox.url, controller.signal);
    await eventually(async () => (await entries(sandbox))[0]);

    controller.abort();

    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    expect(await received(sandbox)).toEqual([]);
  });

  test("delays an answer", async () => {
    const { sandbox, clock } = await createSandbox();
    await call(sandbox, faultsOf, [{ effect: { type: "delay", delayMs: 60_000 }, next: 1 }]);
    const answer = send(sandbox);
    await eventually(() => clock.waiting > 0);

    clock.advance(60_000);

    expect(await answer).toEqual({ errcode: 0, errmsg: "ok" });
    expect(await received(sandbox)).toHaveLength(1);
  });

  test("leaves the wire checks in force where it lets requests pass", async () => {
    const { sandbox } = await createSandbox();
    await call(sandbox, faultsOf, [{ effect: { type: "delay", delayMs: 0 }, share: 1 }]);
    const answer = send(sandbox, { message: "{" });
    const [entry] = await eventually(async () => {
      const shown = await entries(sandbox);
      return shown.length > 0 ? shown : undefined;
    });

    await sandbox.close();

    expect(entry).toMatchObject({ outcome: "refused", errcode: 40035, fault: { type: "delay" } });
    await expect(answer).rejects.toBeInstanceOf(TypeError);
  });

  test("hits the next so many requests and no more", async () => {
    const { sandbox } = await createSandbox();
    await call(sandbox, faultsOf, [{ effect: { type: "errcode", errcode: 7 }, next: 2 }]);
    const codes = [(await send(sandbox)).errcode];
    const between = await call<RobotState>(sandbox, "GET /api/robots/sandbox");

    for (let count = 0; count < 2; count += 1) codes.push((await send(sandbox)).errcode);

    expect(codes).toEqual([7, 7, 0]);
    expect(between.json.faults).toMatchObject([{ next: 1 }]);
    expect((await call<RobotState>(sandbox, "GET /api/robots/sandbox")).json.faults).toEqual([]);
  });

  test("hits a share of the requests", async () => {
    const rolls = [0.5, 0.24, 0.25, 0.1];
    const { sandbox } = await createSandbox(undefined, { random: () => rolls.shift() ?? 0 });
    await call(sandbox, faultsOf, [{ effect: { type: "errcode", errcode: 7 }, share: 0.25 }]);

    const codes: number[] = [];
    for (let count = 0; count < 3; count += 1) codes.push((await send(sandbox)).errcode);

    expect(codes).toEqual([7, 0, 7]);
  });

  test("can be taken back", async () => {
    const { sandbox } = await createSandbox();
    await call(sandbox, faultsOf, [{ effect: { type: "hang" }, share: 1 }]);
    await call(sandbox, faultsOf, []);

    const answer = await send(sandbox);

    expect(answer.errcode).toBe(0);
  });

  test.each([
    [{}, "faults[0]"],
    [{ effect: { type: "hang" } }, "faults[0]"],
    [{ effect: { type: "hang" }, next: 1, share: 1 }, "faults[0]"],
    [{ effect: { type: "hang" }, next: 0 }, "faults[0].next"],
    [{ effect: { type: "hang" }, share: 0 }, "faults[0].share"],
    [{ effect: { type: "hang" }, share: 1.1 }, "faults[0].share"],
    [{ effect: { type: "hung" }, share: 1 }, "faults[0].effect.type"],
    [{ effect: { type: "http-status", status: 200 }, share: 1 }, "faults[0].effect.status"],
    [{ effect: { type: "delay" }, share: 1 }, "faults[0].effect.delayMs"],
    [{ effect: { type: "errcode", errcode: "1" }, share: 1 }, "faults[0].effect.errcode"],
    [{ effect: "hang", share: 1 }, "faults[0].effect"],
    [{ effect: { type: "hang", status: 503 }, share: 1 }, "faults[0].effect.status"],
    [{ effect: { type: "hang" }, share: 1, n: 1 }, "faults[0].n"],
  ])("is refused as %j", async (fault, field) => {
    const { sandbox } = await createSandbox();

    const { status, json } = await call(sandbox, faultsOf, [fault]);

    expect(status).toBe(400);
    expect(json).toMatchObject({ field });
  });
});

function post(url: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/robot/send?access_token=sandbox`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(hello),
    redirect: "manual",
    ...(signal && { signal }),
  });
}
