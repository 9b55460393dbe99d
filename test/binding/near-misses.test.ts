import { describe, expect, test } from "vitest";
import { nearMisses } from "../../src/binding/near-misses.ts";

describe("nearMisses", () => {
  test.each([
    ["atMobile", "atMobiles"],
    ["at_mobiles", "atMobiles"],
    ["at-user-ids", "atUserIds"],
    ["AtUserID", "atUserIds"],
    ["atAll", "isAtAll"],
    ["msg_uuid", "msgUuid"],
    ["max_wait", "maxWait"],
    ["ttlInSecond", "ttlInSeconds"],
    ["ttl", "ttlInSeconds"],
    ["TTL", "ttlInSeconds"],
  ])("takes %s for %s", (key, nearest) => {
    expect(nearMisses({ [key]: "" })).toEqual([{ key, nearest }]);
  });

  test.each([
    "atMobiles",
    "ATMOBILES",
    "msguuid",
    "traceparent",
    "tracestate",
    "o",
    "x".repeat(1e6),
    "",
  ])("does not speak of key %#", (key) => {
    expect(nearMisses({ [key]: "" })).toEqual([]);
  });

  test("looks at no more than 50 keys", () => {
    const keys = Array.from({ length: 100 }, (_, index) => [`atMobile${index % 10}${index}`, ""]);

    expect(nearMisses(Object.fromEntries(keys)).length).toBeLessThanOrEqual(50);
  });
});
