import { describe, expect, test } from "vitest";
import { inOptionWords } from "../../../src/commands/send/option-words.ts";
import { notSentReasons } from "../../../src/delivery/errors.ts";
import { catalogue } from "../../../src/dingtalk/errcodes.ts";
import { unreachableReasons } from "../../../src/dingtalk/errors.ts";

const sources = { url: "ROBOT_URL", secret: "--secret-file" };
const texts = [
  ...catalogue.flatMap(({ summary, remedy }) => [summary, remedy]),
  ...[notSentReasons, unreachableReasons].flatMap((rows) =>
    Object.values(rows).map(({ remedy }) => remedy),
  ),
];

describe("the texts of send", () => {
  test.each(texts.filter((text) => text !== undefined))(
    "do not speak of a component: %s",
    (text) => {
      const words = inOptionWords(text, sources);

      expect(words).not.toMatch(
        /component|metadata|maxWait|responseTimeout|ttlInSeconds|overflow|oversize|daprd|\bpod/,
      );
    },
  );

  test.each([
    ["set the component's secret to the SEC", "set --secret-file to the SEC"],
    ["metadata field url is no address", "ROBOT_URL is no address"],
    ["x; take them out and set secret", "x; take them out and set --secret-file"],
  ])("turn %j into %j", (text, words) => {
    expect(inOptionWords(text, sources)).toBe(words);
  });
});
