import { describe, expect, test } from "vitest";
import { Forecast } from "../../src/delivery/forecast.ts";
import type { SlotRequest } from "../../src/delivery/ledger.ts";

const ask = (count: number, limit = 3): SlotRequest => ({ count, limit, answerMs: 30 });

describe("the latest moment at which a message has its slots", () => {
  test.each<[string, SlotRequest[], SlotRequest, number[], number]>([
    ["is that of the first slot", [], ask(1), [10, 20, 30], 10],
    ["is that of its last slot", [], ask(2), [10, 20, 30], 20],
    ["counts slots that are free", [], ask(2), [10, 20], 10],
    ["is after those ahead", [ask(1)], ask(1), [10, 20, 30], 20],
    [
      "is a window and an answer later in each further round",
      [ask(1), ask(1), ask(1)],
      ask(1),
      [10, 20, 30],
      140,
    ],
    ["supposes that a message of many parts fits badly", [ask(3)], ask(1), [10, 20, 30], 410],
    ["takes several answers where one message has several parts", [ask(3)], ask(3), [1, 2, 3], 193],
    ["counts slots that idle until a message has enough", [ask(1), ask(2)], ask(2), [1, 2, 3], 323],
    ["knows no limit where there is none", [ask(1, 0)], ask(1, 0), [10, 20, 30], 0],
    ["takes the smallest limit of those that wait", [ask(1, 2)], ask(1), [10, 20, 30], 30],
  ])("%s", (_case, waiting, request, waitsMs, latestMs) => {
    const forecast = new Forecast(100);
    for (const waiter of waiting) forecast.add(waiter);

    const full = { kind: "full", waitsMs, notBeforeMs: 0 } as const;

    expect(forecast.latestMs(request, full)).toBe(latestMs);
  });

  test("is not before the outcome of a probe", () => {
    const full = { kind: "full", waitsMs: [10], notBeforeMs: 40 } as const;

    expect(new Forecast(100).latestMs(ask(1), full)).toBe(40);
  });

  test("forgets those that have gone", () => {
    const forecast = new Forecast(100);
    forecast.add(ask(3, 3));
    forecast.remove(ask(3, 3));

    const full = { kind: "full", waitsMs: [10, 20, 30], notBeforeMs: 0 } as const;

    expect(forecast.latestMs(ask(1), full)).toBe(10);
  });
});
