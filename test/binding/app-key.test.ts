import { describe, expect, test } from "vitest";
import { appKeyOf, withTextKey } from "../../src/binding/app-key.ts";
import { InvalidMessageError } from "../../src/dingtalk/errors.ts";
import { parseMessage } from "../../src/dingtalk/message.ts";

/** @param json the value of `msgUuid` as its sender wrote it */
function keyInMessage(json: string): string | undefined {
  const data = `{"msgtype":"text","text":{"content":"x"},"msgUuid":${json}}`;
  return appKeyOf(withTextKey(parseMessage(Buffer.from(data))), {});
}

function keyInMetadata(msgUuid: string, name = "msgUuid"): string | undefined {
  const data = JSON.stringify({ msgtype: "text", text: { content: "x" } });
  return appKeyOf(withTextKey(parseMessage(Buffer.from(data))), { [name]: msgUuid });
}

const nilUuid = "00000000-0000-0000-0000-000000000000";

describe("a key that tells no two messages apart counts as none", () => {
  test.each([
    ["", " \t\n", "\u200b", "\u200b \ufeff", "\u00ad", "\u3164", "\u2060\u200d"],
    ["0", "0\u200b", nilUuid, nilUuid.replaceAll("-", "")],
    ["null", "NULL", "undefined", "None", "nil", "<nil>", "NaN"],
  ])("%j, %j, %j, %j and others", (...keys) => {
    expect(keys.map((key) => keyInMessage(JSON.stringify(key)))).toEqual(keys.map(() => undefined));
    expect(keys.map((key) => keyInMetadata(key))).toEqual(keys.map(() => undefined));
  });

  test.each(["null", "0", "-0", "0.0", "0e5"])("%s in the message", (json) => {
    expect(keyInMessage(json)).toBeUndefined();
  });
});

describe("a key that was meant is kept", () => {
  test.each(["a", "00", "0-1", "nullable", "none-1", `${nilUuid.slice(0, -1)}1`, "1.10", "假"])(
    "%s",
    (key) => {
      expect(keyInMessage(JSON.stringify(key))).toBe(key);
      expect(keyInMetadata(key, "MSGUUID")).toBe(key);
    },
  );

  test.each([
    ["7", "7"],
    ["9007199254740991", "9007199254740991"],
    ["0.1", "0.1"],
    ["12345.678901", "12345.678901"],
  ])("the number %s", (json, key) => {
    expect(keyInMessage(json)).toBe(key);
  });
});

describe("a key that is none, but was meant, is refused", () => {
  test.each([
    "9007199254740993",
    "1e21",
    "1e400",
    "0.1234567890123456789",
    "1732752000.1234567",
    "1732752000.12345678",
    "true",
    "{}",
    "[1]",
    '"[object Object]"',
    '"true"',
  ])("%s in the message", (json) => {
    const act = (): unknown => keyInMessage(json);

    expect(act).toThrow(InvalidMessageError);
    expect(act).toThrow(expect.objectContaining({ field: "msgUuid" }));
  });

  test.each(["[object Object]", "false"])("%s in the metadata", (key) => {
    const act = (): unknown => keyInMetadata(key);

    expect(act).toThrow(expect.objectContaining({ field: "msgUuid" }));
  });
});
