import { execFile } from "node:child_process";
import { chmod, cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { installedPackages } from "../../scripts/production.mjs";
import { eventually } from "../support/eventually.ts";
import { type Build, buildImage } from "./support/engine.ts";
import { compressedBytes, danglingImports, names, snapshot } from "./support/folder.ts";
import { type Image, start } from "./support/image.ts";

const execute = promisify(execFile);
const project = fileURLToPath(new URL("../..", import.meta.url));
const sockets = "/tmp/dapr-components-sockets";
const uid = 65_532;
const packageFile = /^(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\/package\.json$/;
const ourFile =
  /^((dist\/)?package\.json|LICENSE|(dist\/packages\/)?proto\/.*\.proto|dist\/[\w-]+\.js|dist\/licences\/.*\/licen[cs]e[^/]*|dist\/sandbox\/.*(\.(js|html|css|svg)|\/licen[cs]e[^/]*))$/i;
const theirFile = /(\.(c|m)?js|\.json|\.proto|\/licen[cs]e[^/]*)$/i;

let folder: string;
let build: Build;
let image: Image;
let sandbox: Image;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dt-"));
  await chmod(folder, 0o755);
  build = await buildImage(project, folder);
  image = build.image;
  sandbox = stage("sandbox");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function stage(name: string): Image {
  const found = build.stages.get(name);
  if (found === undefined) throw new Error(`no stage: ${name}`);
  return found;
}

/** Runs a command of an image as its user, with the `/tmp` of the image. */
function run(command: readonly string[], of = image) {
  const env = { DAPR_COMPONENTS_SOCKETS_FOLDER: of.locate(sockets) };
  return start(of, command, { env, uid: process.getuid?.() === 0 ? uid : undefined });
}

/** The files below `/app` that come from this repository. */
async function ourFiles(of: Image): Promise<string[]> {
  const files = await names(of.locate("/app"));
  return files.filter((file) => !file.startsWith("node_modules/"));
}

/** The text of each file below `/app`, by the name of the file. */
async function textsOf(of: Image): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const file of await names(of.locate("/app"))) {
    texts.set(file, await readFile(of.locate(`/app/${file}`), "utf8"));
  }
  return texts;
}

/** The output of the health check, once it succeeds. */
async function healthy(): Promise<{ output: string } | undefined> {
  const { exit, output } = await run(image.healthcheck).ended;
  return exit === 0 ? { output } : undefined;
}

describe("the sidecar's image", () => {
  test("serves as its user until SIGTERM, is healthy, and writes nothing below /app", async () => {
    const before = await snapshot(image.locate("/app"));
    const serving = run([...image.entrypoint, ...image.command]);
    onTestFinished(() => void serving.stop());

    const check = await eventually(healthy);
    const { exit } = await serving.stop();

    expect(image.user).toBe(`${uid}:${uid}`);
    expect(check).toEqual({ output: "" });
    expect(exit).toBe(0);
    expect(await snapshot(image.locate("/app"))).toEqual(before);
  });

  test("is not healthy if no process serves", async () => {
    const { exit } = await run(image.healthcheck).ended;

    expect(exit).toBe(1);
  });

  test("holds exactly the packages that its bundles lack", async () => {
    const files = await names(image.locate("/app"));

    const folders = files.flatMap((file) => packageFile.exec(file)?.[1] ?? []);
    const wanted = installedPackages().map(({ path }) => path);
    expect(folders.sort()).toEqual(wanted.filter((path) => !/types/.test(path)).sort());
  });

  test("holds only code, the files that code reads, and licences", async () => {
    const files = await names(image.locate("/app"));

    const ours = await ourFiles(image);
    const theirs = files.filter((file) => file.startsWith("node_modules/"));
    expect(ours.filter((file) => !ourFile.test(file))).toEqual([]);
    expect(theirs.filter((file) => !theirFile.test(file))).toEqual([]);
  });

  test("holds every file that its code imports", async () => {
    expect(danglingImports(await textsOf(image))).toEqual([]);
  });

  test("holds nothing of the sandbox", async () => {
    const texts = await textsOf(image);

    expect([...texts.keys()].filter((file) => file.includes("sandbox"))).toEqual([]);
    expect(texts.get("dist/main.js")).not.toContain("/api/openapi.json");
  });

  test("says which image holds the sandbox", async () => {
    const { exit, output } = await run([...image.entrypoint, "sandbox"]).ended;

    expect(exit).toBe(2);
    expect(output).toContain("docker build --target sandbox");
  });

  test("lists its commands without the sandbox's bundle", async () => {
    const { exit, output } = await run([...image.entrypoint, "--help"]).ended;

    expect(exit).toBe(0);
    expect(output).toMatch(/serve .+\n {2}sandbox .+\n/);
  });

  test("loads every package that package.json names", async () => {
    const packages = Object.keys(packageJson.dependencies).map((name) => `import "${name}";`);

    const { exit, output } = await run(["node", "--input-type=module", "-e", packages.join("")])
      .ended;

    expect({ exit, output }).toEqual({ exit: 0, output: "" });
  });

  test("has the files that change seldom in its first layers", () => {
    expect(image.layers).toEqual(["./node_modules", "./proto", "./", "./dist"]);
  });

  test("is as large as CONTRIBUTING.md says", async () => {
    const text = await readFile(join(project, "CONTRIBUTING.md"), "utf8");

    const documented = Number(/ (\d+\.\d) MB compressed/.exec(text)?.[1]);
    const measured = (await compressedBytes(image.locate("/app"))) / 1e6;
    expect(measured / documented, `${measured} MB`).toBeGreaterThan(0.9);
    expect(measured / documented, `${measured} MB`).toBeLessThan(1.1);
  });

  test("has the labels of package.json", () => {
    expect(image.labels).toEqual({
      "org.opencontainers.image.title": Object.keys(packageJson.bin)[0],
      "org.opencontainers.image.description": packageJson.description,
      "org.opencontainers.image.version": packageJson.version,
    });
  });
});

describe("the sandbox's image", () => {
  test("plays robots as its user until SIGTERM, and writes nothing below /app", async () => {
    const before = await snapshot(sandbox.locate("/app"));
    const command = [...sandbox.entrypoint, ...sandbox.command, "--port", "0"];
    const playing = run(command, sandbox);
    onTestFinished(() => void playing.stop());

    const port = await eventually(() => /listening on \S+:(\d+)/.exec(playing.output())?.[1]);
    const page = await fetch(`http://127.0.0.1:${port}/`);
    const script = await fetch(`http://127.0.0.1:${port}/main.js`);
    const answer = await fetch(`http://127.0.0.1:${port}/robot/send?access_token=sandbox`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ msgtype: "text", text: { content: "hello" } }),
    });
    const { exit } = await playing.stop();

    expect(sandbox.user).toBe(`${uid}:${uid}`);
    expect([page.status, script.status]).toEqual([200, 200]);
    expect(await answer.json()).toEqual({ errcode: 0, errmsg: "ok" });
    expect(exit).toBe(0);
    expect(await snapshot(sandbox.locate("/app"))).toEqual(before);
  });

  test("holds only code, the files that code reads, and licences, but no package", async () => {
    const files = await names(sandbox.locate("/app"));

    expect(files.filter((file) => !ourFile.test(file))).toEqual([]);
  });

  test("holds every file that its code imports", async () => {
    expect(danglingImports(await textsOf(sandbox))).toEqual([]);
  });

  test("is labelled with the version of package.json", () => {
    expect(sandbox.labels).toMatchObject({
      "org.opencontainers.image.title": "dingtalk-sandbox",
      "org.opencontainers.image.version": packageJson.version,
    });
  });
});

describe("the npm package", () => {
  test("holds its program, our files of both images, the READMEs, the licence and the schema", async () => {
    const clean = join(folder, "package");
    const skipped = new Set(["node_modules", "dist", ".git"].map((name) => join(project, name)));
    await cp(project, clean, { recursive: true, filter: (path) => !skipped.has(path) });
    await cp(sandbox.locate("/app/dist"), join(clean, "dist"), { recursive: true });

    const { stdout } = await execute("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: clean,
    });

    const [{ files }] = JSON.parse(stdout);
    const packed = files.map(({ path }: { path: string }) => path);
    const inImages = new Set([...(await ourFiles(image)), ...(await ourFiles(sandbox))]);
    const texts = (await readdir(project)).filter((file) => file.startsWith("README"));
    const schemas = (await names(join(project, "schema"))).map((file) => `schema/${file}`);
    const programs = Object.values(packageJson.bin);
    expect(packed.sort()).toEqual([...inImages, ...texts, ...schemas, ...programs].sort());
  });
});
