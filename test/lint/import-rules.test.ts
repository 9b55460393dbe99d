import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const biome = `${root}node_modules/@biomejs/biome/bin/biome`;

const below = ["src/base/", "src/dapr/", "src/telemetry/", "src/delivery/", "src/dingtalk/"];

/** What each place may import beside itself. The name of a folder ends in a slash. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "src/base/": [],
  "src/dapr/": ["src/base/"],
  "src/telemetry/": ["src/base/"],
  "src/delivery/": ["src/base/", "src/telemetry/watch.ts"],
  "src/dingtalk/": ["src/base/", "src/delivery/channel.ts", "src/dingtalk/messages/"],
  "src/dingtalk/messages/": ["src/base/json.ts"],
  "src/receiving/": ["src/base/", "src/telemetry/", "src/delivery/", "src/dingtalk/"],
  "src/binding/": [...below, "src/receiving/"],
  "src/sidecar/": [...below, "src/receiving/", "src/binding/"],
  "src/commands/": [...below, "src/receiving/", "src/binding/", "src/sidecar/"],
  "src/main.ts": ["src/base/", "src/commands/", "sandbox/command.ts"],
  "sandbox/": ["src/base/", "src/dingtalk/", "src/commands/command.ts"],
  "sandbox/page/": [
    "sandbox/api/types.ts",
    "src/base/json.ts",
    "src/dingtalk/messages/",
    "src/dingtalk/limits.ts",
    "src/dingtalk/mentions.ts",
  ],
};
const places = Object.keys(allowed);

/** One module of each place, and the modules that a rule allows by name. */
const modules = [
  ...places.map((place) => (place.endsWith("/") ? `${place}module.ts` : place)),
  ...["src/delivery/channel.ts", "src/telemetry/watch.ts", "src/commands/command.ts"],
  ...["sandbox/command.ts", "sandbox/api/types.ts"],
  ...["src/base/json.ts", "src/dingtalk/limits.ts", "src/dingtalk/mentions.ts"],
];

/** One importing file for each folder that holds sources, and `src/main.ts`. */
const importers = [
  ...new Set([
    ...[...foldersOf("src"), ...foldersOf("sandbox")].map((folder) => `${folder}importer.ts`),
    "src/receiving/importer.ts",
    "src/main.ts",
  ]),
].sort();

function foldersOf(top: string): string[] {
  return readdirSync(root + top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => `${relative(root, entry.parentPath)}/`)
    .filter((folder) => folder !== "src/" && !folder.startsWith("src/dapr/gen/"));
}

/** The innermost place that a file lies in. */
function placeOf(file: string): string {
  const place = places.findLast((one) => file.startsWith(one));
  if (place === undefined) throw new Error(`no rule is stated for ${file}`);
  return place;
}

function mayImport(file: string, module: string): boolean {
  const place = placeOf(file);
  const names = allowed[place] ?? [];
  const isOwn = module !== file && placeOf(module) === place;
  return isOwn || names.some((name) => module.startsWith(name));
}

/** Writes files that each import every module, the n-th one in line n. */
async function plant(project: string): Promise<void> {
  for (const importer of importers) {
    const file = join(project, importer);
    const lines = modules.map((module) => {
      const path = relative(dirname(importer), module);
      return `import "${path.startsWith(".") ? path : `./${path}`}";\n`;
    });
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, lines.join(""));
  }
}

/** The imports of values, not types, of a module in the sources of a folder. */
function valueImports(folder: string, module: string): string[] {
  return readdirSync(root + folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => readFileSync(join(root, folder, file), "utf8").split(";\n"))
    .filter((statement) => statement.includes(`/${module}"`))
    .filter((statement) => !/^\s*(?:import|export) type /.test(statement));
}

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string; readonly start: { readonly line: number } };
}

/** What the linter finds in a folder. It exits with 1 if it finds anything. */
async function lint(cwd: string): Promise<readonly Diagnostic[]> {
  const options = ["--only=style/noRestrictedImports", "--vcs-enabled=false"];
  const report = ["--reporter=json", "--max-diagnostics=none"];
  const args = [biome, "lint", ...options, ...report, "."];
  const run = promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 2 ** 26 });
  const { stdout } = await run.catch((error: { readonly stdout: string }) => error);
  return JSON.parse(stdout).diagnostics;
}

describe("the import rule", () => {
  let diagnostics: readonly Diagnostic[];

  beforeAll(async () => {
    const project = await mkdtemp(join(tmpdir(), "dt-"));
    await copyFile(`${root}biome.json`, join(project, "biome.json"));
    await plant(project);
    diagnostics = await lint(project);
    await rm(project, { recursive: true });
  });

  test.each(importers)("of %s refuses what its place may not import, and no more", (importer) => {
    const refused = diagnostics
      .filter(({ location }) => location.path === importer)
      .map(({ location }) => modules[location.start.line - 1]);

    const forbidden = modules.filter((module) => !mayImport(importer, module));
    expect(refused.sort()).toEqual([...forbidden].sort());
  });

  test("is the only rule that these files break", () => {
    const categories = new Set(diagnostics.map(({ category }) => category));

    expect([...categories]).toEqual(["lint/style/noRestrictedImports"]);
  });
});

describe("src/dingtalk", () => {
  // Biome's rule does not tell types from values.
  test("imports only types of delivery/channel.ts", () => {
    expect(valueImports("src/dingtalk", "delivery/channel.ts")).toEqual([]);
  });
});
