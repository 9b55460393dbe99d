import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { callFaults, getFaults } from "../../scripts/docs/call-reasons.ts";
import { notSent, refusals, unreachable } from "../../scripts/docs/reasons.ts";
import { metadataFields } from "../../src/binding/fields.ts";
import { environmentVariables } from "../../src/sidecar/environment.ts";
import { type MarkdownDocument, parseMarkdown } from "./markdown.ts";

const root = new URL("../../", import.meta.url);
/** Made by a program, and the same in every language. `docs/internal/` is in English only. */
const untranslated = ["docs/licences.md"];
const inDocs = (await readdir(new URL("docs", root))).sort().map((name) => `docs/${name}`);
const documents = ["README.md", "README.zh-CN.md", ...inDocs].filter(
  (path) => path.endsWith(".md") && !untranslated.includes(path),
);
const originals = documents.filter((path) => !path.endsWith(".zh-CN.md"));

const read = async (path: string): Promise<MarkdownDocument> =>
  parseMarkdown(await readFile(new URL(path, root), "utf8"));

const readBoth = async (path: string): Promise<[MarkdownDocument, MarkdownDocument]> => [
  await read(path),
  await read(path.replace(/\.md$/, ".zh-CN.md")),
];

const han = /\p{Script=Han}/u;
/** In a code block: from the number sign to the end of the line, with the space before it. */
const comment = /(^|[ \t]+)#[ \t].*$/gm;

test("every document has a translation, and every translation its original", () => {
  const translations = documents.filter((path) => path.endsWith(".zh-CN.md"));

  expect(translations).toEqual(originals.map((path) => path.replace(/\.md$/, ".zh-CN.md")));
});

describe.each(originals)("the translation of %s", (path) => {
  test("has headings of the same levels in the same order", async () => {
    const [original, translation] = await readBoth(path);

    const levelsOf = ({ headings }: MarkdownDocument): number[] =>
      headings.map(({ level }) => level);
    expect(levelsOf(translation)).toEqual(levelsOf(original));
  });

  test("has the same code blocks apart from comments", async () => {
    const [original, translation] = await readBoth(path);

    const codeOf = ({ codeBlocks }: MarkdownDocument): string[] =>
      codeBlocks.map((block) => block.replaceAll(comment, "#"));
    expect(codeOf(translation)).toEqual(codeOf(original));
  });

  test("has Chinese comments in code blocks", async () => {
    const [, { codeBlocks }] = await readBoth(path);

    const comments = codeBlocks.flatMap((block) => block.match(comment) ?? []);
    expect(comments.filter((text) => !han.test(text))).toEqual([]);
  });

  test("names the same things in code", async () => {
    const [original, translation] = await readBoth(path);

    // What stands in angle brackets is there to be replaced, and may be translated.
    const namesOf = ({ codeSpans }: MarkdownDocument): string[] =>
      [...new Set(codeSpans.map((span) => span.replaceAll(/<[^>]+>/g, "<>")))].sort();
    expect(namesOf(translation)).toEqual(namesOf(original));
  });

  test("has tables of the same shape", async () => {
    const [original, translation] = await readBoth(path);

    const shapeOf = ({ rows }: MarkdownDocument): number[] => rows.map((cells) => cells.length);
    expect(shapeOf(translation)).toEqual(shapeOf(original));
  });

  test("links to the same places, in its language where they have it", async () => {
    const [original, translation] = await readBoth(path);

    const placesOf = ({ links }: MarkdownDocument): string[] =>
      links.map((link) => link.replace(".zh-CN.", ".").replace(/#.*/, "")).sort();
    expect(placesOf(translation)).toEqual(placesOf(original));
  });
});

describe("the Chinese text", () => {
  const explained = [...refusals, ...notSent, ...callFaults, ...getFaults];
  const texts = [
    ...metadataFields.map(({ name, en, zh }) => ({ name, en, zh })),
    ...environmentVariables.map(({ names, en, zh }) => ({ name: names[0], en, zh })),
    ...explained.map(({ reason, summary }) => ({ name: `what ${reason} is`, ...summary })),
    ...[...explained, ...unreachable].map(({ reason, remedy }) => ({
      name: `what to do about ${reason}`,
      ...remedy,
    })),
  ];

  test.each(texts)("of $name is Chinese", ({ zh }) => {
    expect(zh).toMatch(han);
  });

  test.each(texts)("of $name has the numbers of the English text", ({ en, zh }) => {
    const numbersIn = (text: string): string[] => (text.match(/\d+(?:[.,]\d+)*/g) ?? []).sort();

    expect(numbersIn(zh)).toEqual(numbersIn(en));
  });
});
