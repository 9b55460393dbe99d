import { describe, expect, test } from "vitest";
import { heard, look, type SignOfLife } from "../../../src/dingtalk/stream/sign-of-life.ts";

const at = (elapsedMs: number, wallMs = elapsedMs) => ({ elapsedMs, wallMs });

/** What was decided at each look, until the connection is judged or the time is over. */
function watch(life: SignOfLife, untilMs: number): string[] {
  const decisions: string[] = [];
  for (let now = 0, seen = life; now <= untilMs; ) {
    const decision = look(seen, at(now));
    if (decision.type !== "wait") decisions.push(`${decision.type} at ${now}`);
    if (decision.type === "judge") break;
    seen = decision.life;
    now += decision.lookInMs;
  }
  return decisions;
}

describe("a silent peer", () => {
  test("is pinged after 30 s and judged 10 s later", () => {
    expect(watch(heard(at(0)), 60_000)).toEqual(["ping at 30000", "judge at 40000"]);
  });

  test("gets the time from its last frame", () => {
    const life = { ...heard(at(0)), heardAt: 12_345 };

    expect(watch(life, 60_000)).toEqual(["ping at 42345", "judge at 52345"]);
  });
});

describe("a sleep of the machine", () => {
  test.each([
    ["the wall clock alone jumps ahead", at(5000, 25_001 + 5000)],
    ["the wall clock is set back", at(5000, -20_001)],
    ["both clocks count the sleep", at(25_001)],
  ])("is followed by a ping at once when %s", (_case, now) => {
    expect(look(heard(at(0)), now)).toMatchObject({ type: "ping" });
  });

  test.each([
    ["the wall clock is set by 20 s", at(5000, 25_000)],
    ["a look is 20 s late", at(25_000)],
  ])("is not seen when %s", (_case, now) => {
    expect(look(heard(at(0)), now)).toMatchObject({ type: "wait" });
  });

  test("gives the peer a new ping with its full time", () => {
    const pinged = { ...heard(at(0)), pingedAt: 3000 };

    const decision = look(pinged, at(3_600_000));

    expect(decision).toMatchObject({ type: "ping", life: { pingedAt: 3_600_000 } });
  });
});
