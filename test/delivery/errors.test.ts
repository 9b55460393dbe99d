import { describe, expect, test } from "vitest";
import { NotSentError } from "../../src/delivery/errors.ts";

describe("the remedy of a message that was not sent", () => {
  test.each([
    ["over-budget", "raise maxWait or try again in 57 s"],
    ["queue-full", "send less, use overflow digest, or try again in 57 s"],
    ["robot-closed", "try again in 57 s"],
    ["expired", "raise ttlInSeconds or try again in 57 s"],
    ["deadline", "allow the call more time or try again in 57 s"],
  ] as const)("says when to try again: %s", (reason, remedy) => {
    expect(new NotSentError(reason, 56_001).remedy).toBe(remedy);
  });

  test.each([
    ["over-budget", "raise maxWait or try again"],
    ["expired", "raise ttlInSeconds or try again"],
    ["deadline", "allow the call more time or try again"],
    ["cancelled", "send it again if it is still wanted"],
    ["shutting-down", "try again when it is back"],
  ] as const)("is a whole sentence without a time: %s", (reason, remedy) => {
    expect(new NotSentError(reason).remedy).toBe(remedy);
  });

  test.each([
    ["over-budget", "wait", "raise maxWait or try again in 57 s"],
    ["over-budget", "reject", "set overflow to wait or digest, or try again in 57 s"],
    ["over-budget", "digest", "raise maxWait or try again in 57 s"],
    ["queue-full", "wait", "send less, use overflow digest, or try again in 57 s"],
    ["queue-full", "digest", "send less, raise maxQueue, or try again in 57 s"],
  ] as const)("fits the component's overflow: %s, %s", (reason, overflow, remedy) => {
    expect(new NotSentError(reason, 56_001, overflow).remedy).toBe(remedy);
  });
});
