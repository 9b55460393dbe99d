import { describe, expect, test } from "vitest";
import { HostClock } from "../../src/dingtalk/host-clock.ts";

const now = Date.UTC(2026, 0, 5, 12);

describe("the clock of a robot's host", () => {
  test.each([
    ["an hour ahead", "Mon, 05 Jan 2026 13:00:00 GMT", 3_600_000],
    ["an hour behind", "Mon, 05 Jan 2026 11:00:00 GMT", -3_600_000],
    ["a day ahead", "Tue, 06 Jan 2026 12:00:00 GMT", 86_400_000],
  ])("is followed %s", (_case, date, offsetMs) => {
    const clock = new HostClock();

    expect(clock.correct(date, now)).toBe(true);
    expect(clock.offsetMs).toBe(offsetMs);
  });

  test.each([
    ["is as ours", "Mon, 05 Jan 2026 12:00:04 GMT"],
    ["is missing", undefined],
    ["cannot be read", "yesterday"],
    ["is in 1970", "Thu, 01 Jan 1970 00:00:00 GMT"],
    ["is in 2100", "Fri, 01 Jan 2100 00:00:00 GMT"],
    ["is in 275760", "Sat, 13 Sep 275760 00:00:00 GMT"],
    ["is over a day away", "Tue, 06 Jan 2026 12:00:01 GMT"],
  ])("is not followed where the date %s", (_case, date) => {
    const clock = new HostClock();

    expect(clock.correct(date, now)).toBe(false);
    expect(clock.offsetMs).toBe(0);
  });

  test("is followed back", () => {
    const clock = new HostClock();
    clock.correct("Mon, 05 Jan 2026 13:00:00 GMT", now);

    expect(clock.correct("Mon, 05 Jan 2026 12:00:00 GMT", now)).toBe(true);
    expect(clock.offsetMs).toBe(0);
  });
});
