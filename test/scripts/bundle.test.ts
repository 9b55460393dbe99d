import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const read = (file: string): string => readFileSync(dist + file, "utf8");

describe("the bundle of ws", () => {
  test("holds a WebSocket and looks for no native package", () => {
    const { WebSocket } = createRequire(import.meta.url)(`${dist}ws.js`);

    expect(typeof WebSocket).toBe("function");
    expect(read("ws.js")).not.toMatch(/bufferutil|utf-8-validate/);
  });

  test.each(["main.js", "first-call.js", "grpc.js"])("is no part of %s", (file) => {
    const ofWs = "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";

    expect(read("ws.js").includes(ofWs)).toBe(true);
    expect(read(file).includes(ofWs)).toBe(false);
  });
});
