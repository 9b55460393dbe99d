import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { parseAst } from "vite";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Where texts come from the person who runs the program, not from outside. */
const ownTexts = [
  "src/commands/",
  "src/dingtalk/proxies.ts",
  "src/dingtalk/stream/open.ts",
  "src/sidecar/environment.ts",
  // A browser shows its own user what a robot takes: 20,000 bytes.
  "sandbox/page/",
];

interface Found {
  readonly file: string;
  readonly pattern: string;
  readonly flags: string;
}

/** The regular expressions that stand in a syntax tree. */
function* literalsIn(node: unknown): Generator<Omit<Found, "file">> {
  if (typeof node !== "object" || node === null) return;
  const regex: unknown = Reflect.get(node, "regex");
  if (typeof regex === "object" && regex !== null) {
    yield { pattern: `${Reflect.get(regex, "pattern")}`, flags: `${Reflect.get(regex, "flags")}` };
  }
  for (const child of Object.values(node)) yield* literalsIn(child);
}

function findAll(): Found[] {
  const files = ["src", "sandbox"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name}`)
      .filter((file) => file.endsWith(".ts") && !ownTexts.some((own) => file.startsWith(own))),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(root, file), "utf8");
    const { code } = transformSync(source, { loader: "ts", target: "esnext" });
    return [...literalsIn(parseAst(code))].map((literal) => ({ file, ...literal }));
  });
}

/** What a text may begin with, so that an expression has begun to match. */
const heads = [
  "",
  "<a",
  "[a](",
  "[a]:b",
  "[a]: <b",
  "|-|:-",
  "-|",
  "# ",
  "- ",
  "1. ",
  "http://",
  "{",
];
/** What is repeated. */
const pumps = [
  ...[
    " ",
    "\t",
    "\n",
    " \n",
    "-",
    "- ",
    "a",
    "A",
    "0",
    "a0",
    "=",
    ":",
    "::",
    ".",
    "a.",
    "%7B",
    "/",
  ],
  ...[
    "//",
    "/*",
    "/**/",
    "*",
    "**",
    "`",
    "_",
    "~~",
    "\\",
    "\\[",
    "[",
    "]",
    "![",
    "[]",
    "[a](",
    "(",
  ],
  ...[
    ")",
    "<",
    "<a",
    "<a ",
    "<style>",
    "<STYLE/",
    ">",
    "|",
    "|-",
    "|-|",
    "'",
    '"',
    "'a'",
    ",",
    ", ",
  ],
  ...[
    "#",
    "?",
    "&a=",
    "http://",
    "http://a@",
    "@a",
    "@1 ",
    "汉",
    "’",
    "{",
    "}",
    '{"a":',
    "SEC0",
    "+",
  ],
];
/** What no expression expects. */
const tail = "\0";

/** The milliseconds of a search for all matches. */
function timeOf({ pattern, flags }: Found, text: string): number {
  const expression = new RegExp(pattern, flags.includes("g") ? flags : `${flags}g`);
  const start = performance.now();
  text.replaceAll(expression, "");
  return performance.now() - start;
}

/**
 * Whether four times the text takes about four times as long. Squares would take sixteen times. Of
 * three measurements one has to be right, since other programs hold the processor as well.
 */
function growsLinearly(found: Found, textOf: (times: number) => string): boolean {
  const [short, long] = [textOf(1000), textOf(4000)];
  return [1, 2, 3].some(() => {
    const one = timeOf(found, short);
    // Cubes would take minutes for the longer text.
    return one < 60 && (timeOf(found, long) < 10 || timeOf(found, long) < one * 10);
  });
}

const all = findAll();

describe("a regular expression for texts from outside", () => {
  test("is found in the sources", () => {
    expect(all.length).toBeGreaterThan(100);
  });

  test.each(all)("$pattern of $file takes time that grows linearly", (found) => {
    const texts = heads.flatMap((head) => pumps.map((pump) => ({ head, pump })));

    const slow = texts.filter(
      ({ head, pump }) => !growsLinearly(found, (times) => head + pump.repeat(times) + tail),
    );

    expect(slow).toEqual([]);
  });
});
