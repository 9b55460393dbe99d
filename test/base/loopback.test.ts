import { describe, expect, test } from "vitest";
import { isLoopback } from "../../src/base/loopback.ts";

describe("isLoopback", () => {
  test.each(["localhost", "LOCALHOST", "sandbox.localhost", "127.0.0.1", "127.1", "::1", "[::1]"])(
    "knows %s as this machine",
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  test.each([
    "127.example.com",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "evil-localhost",
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "",
  ])("takes %j for another machine", (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});
