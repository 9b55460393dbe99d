import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Secret } from "../../src/base/secret.ts";

describe("a secret", () => {
  test("shows its text only to who asks for it", () => {
    const secret = new Secret("a-secret-token");

    const shown = [inspect(secret, { showHidden: true }), JSON.stringify({ secret }), `${secret}`];

    expect(shown.join()).not.toContain("a-secret-token");
    expect(secret.reveal()).toBe("a-secret-token");
  });
});
