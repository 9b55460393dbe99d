import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { tempFolder } from "../support/temp-folder.ts";
import { parseMarkdown } from "./markdown.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const foldersWithDocuments = ["docs", "deploy", "components", "bench"];

const nested = foldersWithDocuments.map(async (folder) => {
  const paths = await readdir(join(root, folder), { recursive: true });
  return paths.map((path) => join(folder, path));
});
const documents = [await readdir(root), ...(await Promise.all(nested))]
  .flat()
  .filter((path) => path.endsWith(".md"))
  .sort();

/** What is wrong with the links of a document, one line for each. */
async function findBrokenLinks(folder: string, path: string): Promise<string[]> {
  const { links, bareUrls } = parseMarkdown(await readFile(join(folder, path), "utf8"));
  const isExternal = (link: string): boolean => /^[a-z]+:/i.test(link);
  const external = [...links.filter(isExternal), ...bareUrls].map(checkUrl);
  const internal = links
    .filter((link) => !isExternal(link))
    .map((link) => checkTarget(folder, { path, link }));
  return [...external, ...(await Promise.all(internal))].filter((problem) => problem !== "");
}

/** Nothing is asked over the network. */
function checkUrl(url: string): string {
  const isLocal = /^http:\/\/(127\.0\.0\.1|localhost)[:/]/.test(url);
  if (!isLocal && !url.startsWith("https://")) return `${url}: neither https nor this machine`;
  if (!URL.canParse(url)) return `${url}: no address`;
  if (/[\p{Po}](?<!\/)$/u.test(url)) return `${url}: ends in punctuation`;
  return /\p{Script=Han}|[，。；：！？、）]/u.test(url) ? `${url}: runs into the text` : "";
}

async function checkTarget(
  folder: string,
  { path, link }: { path: string; link: string },
): Promise<string> {
  const [file = "", anchor] = decodeURIComponent(link).split("#");
  const target = file === "" ? join(folder, path) : join(folder, dirname(path), file);
  if (relative(folder, target).startsWith("..")) return `${link}: outside of the project`;
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return `${link}: no such file`;
  if (anchor === undefined) return "";
  const { headings, anchors } = parseMarkdown(await readFile(target, "utf8"));
  const places = [...headings.map(({ slug }) => slug), ...anchors];
  return places.includes(anchor) ? "" : `${link}: no such heading`;
}

test.each(documents)("%s has no broken link", async (path) => {
  const broken = await findBrokenLinks(root, path);

  expect(broken).toEqual([]);
});

describe("a link", () => {
  test.each([
    ["[x](gone.md)", "gone.md: no such file"],
    ["![x](images/gone.png)", "images/gone.png: no such file"],
    ["# Here\n\n[x](#there)", "#there: no such heading"],
    ["[x](other.md#there)", "other.md#there: no such heading"],
    ["```\n# Here\n```\n[x](#here)", "#here: no such heading"],
    ["[x](../README.md)", "../README.md: outside of the project"],
    ["[x](http://example.com/)", "http://example.com/: neither https nor this machine"],
    ["[x](mailto:nobody)", "mailto:nobody: neither https nor this machine"],
    ["[x](https://)", "https://: no address"],
    ["[x](https://example.com/a.)", "https://example.com/a.: ends in punctuation"],
    ["见 https://example.com/a，再说", "https://example.com/a，再说: runs into the text"],
  ])("is broken: %j", async (markdown, problem) => {
    const folder = await tempFolder();
    await writeFile(join(folder, "other.md"), "# Other\n");
    await writeFile(join(folder, "document.md"), markdown);

    const broken = await findBrokenLinks(folder, "document.md");

    expect(broken).toEqual([problem]);
  });

  test.each([
    "[x](other.md), [`y`](./other.md#other)",
    "[x](other.md#现在是谁在提供服务)",
    "[x](other.md#the-sandbox-see-what-it-says)",
    "[x](other.md#again-1)",
    "`[x](gone.md)`\n```\n[x](gone.md)\n```",
    "https://example.com/a, [x](https://example.com/?a=1#b) and http://127.0.0.1:4050.",
  ])("is whole: %j", async (markdown) => {
    const folder = await tempFolder();
    const other = "# Other\n## 现在是谁在提供服务？\n## The sandbox: see what `it` says\n";
    await writeFile(join(folder, "other.md"), `${other}## Again\n## Again\n`);
    await writeFile(join(folder, "document.md"), markdown);

    const broken = await findBrokenLinks(folder, "document.md");

    expect(broken).toEqual([]);
  });
});
