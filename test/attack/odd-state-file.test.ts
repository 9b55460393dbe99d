import { execFileSync } from "node:child_process";
import { chmod, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { startComponent } from "../support/component.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { expectGoodCall } from "./support/good-call.ts";

const secret = "SEC-fedcba9876543210fedcba9876543210";
const url = "http://127.0.0.1:1/robot/send?access_token=t";
const saved = {
  instance: "robot",
  componentType: "dingtalk.webhook",
  direction: "output",
  properties: { id: "a", url, secret },
  reading: false,
};

const stateOf = (...inits: unknown[]): string => JSON.stringify({ version: 1, inits });
const withProperties = (properties: object): string => stateOf({ ...saved, properties });

/** What a former process, or somebody else, may have left where the file should be. */
const refused: Readonly<Record<string, string>> = {
  nothing: "",
  "white space": " \n",
  "half a line": stateOf(saved).slice(0, 40),
  "two files in one": stateOf(saved).repeat(2),
  "NUL bytes": "\0".repeat(1000),
  "another program's JSON": '{"name":"x"}',
  "lists in 100,000 levels": "[".repeat(100_000),
  "a version to come": JSON.stringify({ version: 2, inits: [] }),
  "a version that is a text": JSON.stringify({ version: "1", inits: [saved] }),
  "an entry that is a number": stateOf(1),
  "properties that are a list": withProperties([secret]),
  "a property that is an object": withProperties({ url: { secret } }),
  "a property that is null": withProperties({ url: null }),
  "an instance that is a list": stateOf({ ...saved, instance: [secret] }),
  "a third direction": stateOf({ ...saved, direction: "sideways" }),
};

const taken: Readonly<Record<string, string>> = {
  "no entries": stateOf(),
  "the same entry 1,000 times": stateOf(...Array(1000).fill(saved)),
  "1,000 instances": stateOf(
    ...Array.from({ length: 1000 }, (_, index) => ({ ...saved, instance: `robot-${index}` })),
  ),
  "no properties": withProperties({}),
  "a url that is none": withProperties({ id: "a", url: "http://%zz@" }),
  "a url of 1 MB": withProperties({ id: "a", url: url + "x".repeat(1_000_000) }),
  "a duration of 4,000 digits": withProperties({ id: "a", url, maxWait: `${"9".repeat(4000)}s` }),
  "a name that objects inherit": stateOf({ ...saved, instance: "__proto__" }),
  "properties that objects inherit": stateOf(saved).replace('"id"', '"__proto__"'),
  "an unknown type of component": stateOf({ ...saved, componentType: "state.redis" }),
  "an input that daprd read": stateOf({ ...saved, direction: "input", reading: true }),
};

const places: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "a named pipe": async (path) => execFileSync("mkfifo", ["-m", "600", path]),
  "a folder": (path) => mkdir(path, { mode: 0o700 }),
  "a link to itself": (path) => symlink(path, path),
  "a device": (path) => symlink("/dev/zero", path),
  "a file that all may read": async (path) => {
    await writeFile(path, stateOf(saved));
    await chmod(path, 0o644);
  },
};

describe("a component whose state file", () => {
  test.each(Object.entries(refused))("holds %s says so and does not start", async (_, content) => {
    const starting = startComponent({ stateFile: await newFile(content) });

    await expect(starting).rejects.toMatchObject({
      name: "StateFileError",
      message: expect.not.stringContaining(secret),
    });
  });

  test.each(Object.entries(places))("is %s says so and does not start", async (_, arrange) => {
    const stateFile = await newFile("");
    await rm(stateFile);
    await arrange(stateFile);

    const starting = startComponent({ stateFile });

    await expect(starting).rejects.toMatchObject({ name: "StateFileError" });
  });

  test.each(Object.entries(taken))("holds %s answers a good call", async (_, content) => {
    const component = await startComponent({ stateFile: await newFile(content) });

    await expectGoodCall(component.socket);

    expect(JSON.stringify(component.logged)).not.toContain(secret);
  });
});

async function newFile(content: string): Promise<string> {
  const folder = `${await tempFolder()}/state`;
  await mkdir(folder, { mode: 0o700 });
  await writeFile(`${folder}/inits.json`, content, { mode: 0o600 });
  return `${folder}/inits.json`;
}
