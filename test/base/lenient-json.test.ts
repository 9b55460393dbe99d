import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseLenientJson } from "../../src/base/lenient-json.ts";

describe("parseLenientJson", () => {
  test.each<[string, string, unknown]>([
    ["JSON", '{"a":[1,true,null,"x"]}', { a: [1, true, null, "x"] }],
    ["single quotes", "{'a':'b'}", { a: "b" }],
    ["an apostrophe in double quotes", `{"a":"it's"}`, { a: "it's" }],
    ["double quotes in single quotes", `{'a':'say "hi"'}`, { a: 'say "hi"' }],
    ["an escaped apostrophe", "{'a':'it\\'s'}", { a: "it's" }],
    ["line breaks in strings", '{"a":"x\r\ny\tz"}', { a: "x\r\ny\tz" }],
    ["line separators in strings", "{'a':'x\u2028y'}", { a: "x\u2028y" }],
    ["trailing commas", '{"a":[1,2,],}', { a: [1, 2] }],
    ["unquoted keys", "{msg_type: 1, $b: 2}", { msg_type: 1, $b: 2 }],
    ["comments", "// first\n{/* second */'a': 1, // third\n}", { a: 1 }],
    ["what looks like a comment in a string", "{'a':'http://h/*x*/'}", { a: "http://h/*x*/" }],
    ["what looks like a comma in a string", "{'a':',}'}", { a: ",}" }],
    ["escapes", "{'a':'\\x41\\u0042\\n\\\\'}", { a: "AB\n\\" }],
    ["a byte order mark", "\ufeff{'a':1}", { a: 1 }],
  ])("reads %s", (_case, text, value) => {
    expect(parseLenientJson(text)).toEqual(value);
  });

  test.each([
    ["nothing", ""],
    ["a string that is not closed", "{'a':'b}"],
    ["a string that ends in a backslash", "{'a':'b\\"],
    ["a comment that is not closed", "{'a':1} /* x"],
    ["an escape without a meaning", '{"a":"C:\\dir"}'],
    ["a quote within a string", '{"a":"x"y"}'],
    ["a missing comma", "{'a':1 'b':2}"],
    ["numbers without a comma", "[1 2]"],
    ["two commas", "{'a':1,,'b':2}"],
    ["a missing bracket", "{'a':[1}"],
    ["an unquoted value", "{'a':b}"],
    ["typographic quotes", "{“a”:1}"],
    ["a longer text than it bears", `{'a':'${"x".repeat(400_000)}'}`],
  ])("does not read %s", (_case, text) => {
    expect(parseLenientJson(text)).toBeUndefined();
  });

  test("reads all JSON as JSON does", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parseLenientJson(json)).toEqual(JSON.parse(json));
      }),
    );
  });

  test("does not set a prototype", () => {
    expect(Object.keys(parseLenientJson("{__proto__: {a: 1}}") as object)).toEqual(["__proto__"]);
  });
});
