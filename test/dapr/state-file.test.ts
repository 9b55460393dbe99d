import { execFile } from "node:child_process";
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { type SavedInit, StateFile, StateFileError } from "../../src/dapr/state-file.ts";
import { tempFolder } from "../support/temp-folder.ts";

const secret = "SEC-very-private";

const origin = { instance: "alerts", componentType: "bindings.dingtalk.webhook" };

const initOf = (fields: Partial<SavedInit> = {}): SavedInit => ({
  ...origin,
  direction: "output",
  properties: { url: "https://robot", secret },
  ...fields,
});

interface Place {
  readonly folder: string;
  readonly path: string;
}

/** A path whose folder is not there yet. */
async function newPlace(): Promise<Place> {
  const folder = join(await tempFolder(), "state");
  return { folder, path: join(folder, "inits.json") };
}

/** A folder as it should be, with this text as the file. */
async function placeWith(text: string): Promise<Place> {
  const place = await newPlace();
  await mkdir(place.folder, { mode: 0o700 });
  await writeFile(place.path, text, { mode: 0o600 });
  return place;
}

function failOnError(error: StateFileError): void {
  throw error;
}

const openAt = ({ path }: Place): Promise<StateFile> => StateFile.open(path, failOnError);

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

const textOf = (fields: object): string => JSON.stringify({ version: 1, inits: [], ...fields });

describe("StateFile", () => {
  test("is empty without a file", async () => {
    const file = await openAt(await newPlace());

    expect(file.read()).toEqual([]);
  });

  test("gives the next process all that was saved, in order", async () => {
    const place = await newPlace();
    const inits = [
      initOf({ reading: false }),
      initOf({ direction: "input", reading: true }),
      initOf({ instance: "", properties: {}, reading: false }),
      initOf({ componentType: "bindings.other", properties: { text: 'ü\n"' }, reading: false }),
    ];
    const file = await openAt(place);

    for (const init of inits) file.save(init);
    await file.flush();

    expect((await openAt(place)).read()).toEqual(inits);
  });

  test("keeps what a former process saved when it saves more", async () => {
    const place = await placeWith(textOf({ inits: [initOf()] }));
    const file = await openAt(place);

    file.save(initOf({ instance: "other" }));
    await file.flush();

    const instances = (await openAt(place)).read().map(({ instance }) => instance);
    expect(instances).toEqual(["alerts", "other"]);
  });

  test("keeps the newest of an instance, type and direction, at the end", async () => {
    const place = await newPlace();
    const file = await openAt(place);

    file.save(initOf({ properties: { url: "old" } }));
    file.save(initOf({ instance: "other" }));
    await file.flush();
    file.save(initOf({ properties: { url: "new" } }));
    await file.flush();

    const saved = (await openAt(place)).read();
    expect(saved).toMatchObject([{ instance: "other" }, { properties: { url: "new" } }]);
    expect(saved).toHaveLength(2);
  });

  test("keeps the properties as they were when saved", async () => {
    const file = await openAt(await newPlace());
    const properties = { url: "then" };

    file.save(initOf({ properties }));
    properties.url = "later";

    expect(file.read()).toMatchObject([{ properties: { url: "then" } }]);
    await file.flush();
  });

  test("remembers for the input of an instance that daprd reads", async () => {
    const place = await newPlace();
    const file = await openAt(place);
    file.save(initOf({ direction: "input" }));
    file.save(initOf({ direction: "output" }));
    file.save(initOf({ direction: "input", instance: "other" }));
    file.save(initOf({ direction: "input", componentType: "bindings.other" }));
    await file.flush();

    file.markReading(origin);
    await file.flush();

    const readings = (await openAt(place)).read().map(({ reading }) => reading);
    expect(readings).toEqual([true, false, false, false]);
  });

  test("forgets the Read at the next Init", async () => {
    const file = await openAt(await newPlace());
    file.save(initOf({ direction: "input" }));
    file.markReading(origin);

    file.save(initOf({ direction: "input" }));

    expect(file.read()).toMatchObject([{ reading: false }]);
    await file.flush();
  });

  test("writes nothing for a Read of an instance without an Init", async () => {
    const place = await newPlace();
    const file = await openAt(place);

    file.markReading(origin);
    await file.flush();

    expect(await readdir(place.folder)).toEqual([]);
  });

  test.each([0, 0o022, 0o077])("is closed to others under umask %o", async (umask) => {
    const before = process.umask(umask);
    onTestFinished(() => void process.umask(before));
    const place = await newPlace();

    const file = await openAt(place);
    file.save(initOf());
    await file.flush();

    expect(await modeOf(place.folder)).toBe(0o700);
    expect(await modeOf(place.path)).toBe(0o600);
  });
});

describe("StateFile.save", () => {
  test("never shows a reader half a file", async () => {
    const place = await newPlace();
    const file = await openAt(place);
    const url = "x".repeat(100_000);
    file.save(initOf({ properties: { url } }));
    await file.flush();
    const texts: string[] = [];

    for (let round = 0; round < 200; round += 1) {
      file.save(initOf({ instance: `robot-${round % 7}`, properties: { url } }));
      texts.push(await readFile(place.path, "utf8"));
    }
    await file.flush();

    const urls = texts.flatMap((text) => JSON.parse(text).inits).map((init) => init.properties.url);
    expect(new Set(urls)).toEqual(new Set([url]));
    expect((await openAt(place)).read()).toHaveLength(8);
  });

  test("leaves no temporary file behind", async () => {
    const place = await newPlace();
    const file = await openAt(place);

    for (let round = 0; round < 20; round += 1) file.save(initOf({ instance: `${round}` }));
    await file.flush();

    expect(await readdir(place.folder)).toEqual(["inits.json"]);
  });

  test("writes once for all that changes meanwhile", async () => {
    const place = await newPlace();
    const errors: StateFileError[] = [];
    const file = await StateFile.open(place.path, (error) => errors.push(error));
    await mkdir(place.path);

    for (let round = 0; round < 100; round += 1) file.save(initOf({ instance: `${round}` }));
    await file.flush();

    expect(errors).toHaveLength(1);
  });

  test("reports a failed write without the contents and cleans up", async () => {
    const place = await newPlace();
    const errors: StateFileError[] = [];
    const file = await StateFile.open(place.path, (error) => errors.push(error));
    await mkdir(place.path);

    file.save(initOf());
    await file.flush();

    expect(errors).toMatchObject([{ name: "StateFileError", code: "STATE_FILE" }]);
    expect(inspect(errors)).toContain(place.path);
    expect(inspect(errors)).not.toContain(secret);
    expect(await readdir(place.folder)).toEqual(["inits.json"]);
  });

  test("repeats with the next save what had failed", async () => {
    const place = await newPlace();
    const errors: StateFileError[] = [];
    const file = await StateFile.open(place.path, (error) => errors.push(error));
    await rm(place.folder, { recursive: true });
    file.save(initOf());
    await file.flush();
    await mkdir(place.folder, { mode: 0o700 });

    file.save(initOf({ instance: "other" }));
    await file.flush();

    expect(errors).toHaveLength(1);
    expect((await openAt(place)).read()).toHaveLength(2);
  });
});

describe("one state file for two processes", () => {
  test("is an error of the one that finds it changed, which leaves it alone", async () => {
    const place = await placeWith(textOf({ inits: [initOf()] }));
    const errors: StateFileError[] = [];
    const first = await StateFile.open(place.path, (error) => errors.push(error));
    const second = await openAt(place);
    second.save(initOf({ instance: "of the second" }));
    await second.flush();

    for (const instance of ["of the first", "of the first too"]) {
      first.save(initOf({ instance }));
      await first.flush();
      second.save(initOf({ instance: "of the second" }));
      await second.flush();
    }

    const instances = (await openAt(place)).read().map(({ instance }) => instance);
    expect(instances).toEqual(["alerts", "of the second"]);
    expect(errors).toHaveLength(2);
    expect(errors[0]?.message).toContain("give each process a state file of its own");
  });

  test("is no error where the file was deleted", async () => {
    const place = await placeWith(textOf({ inits: [initOf()] }));
    const file = await openAt(place);
    await rm(place.path);

    file.save(initOf({ instance: "other" }));
    await file.flush();

    expect((await openAt(place)).read()).toHaveLength(2);
  });

  test("keeps two configurations of one name, and forgets the one that is not held", async () => {
    const place = await newPlace();
    const file = await openAt(place);
    const [one, other] = [{ url: "one" }, { url: "other" }];
    file.save(initOf({ properties: one }));

    file.save(initOf({ properties: other }), () => true);
    const both = file.read().map(({ properties }) => properties);
    file.retain("alerts", ({ properties }) => properties.url === "other");
    await file.flush();

    expect(both).toEqual([one, other]);
    expect((await openAt(place)).read()).toMatchObject([{ properties: other }]);
  });
});

describe("left-over temporary files", () => {
  const uuid = "3f0c8f7e-5a3e-4d0a-9a57-0a1d0e5f3b11";

  test("go at the next start", async () => {
    const place = await placeWith(textOf({}));
    await writeFile(`${place.path}.${uuid}.tmp`, secret);

    await openAt(place);

    expect(await readdir(place.folder)).toEqual(["inits.json"]);
  });

  test.each([
    `other.json.${uuid}.tmp`,
    `inits.json.old.${uuid}.tmp`,
    "inits.json.tmp",
    "inits.json.bak",
    `${uuid}.tmp`,
  ])("stay when not of our naming: %s", async (name) => {
    const place = await placeWith(textOf({}));
    await writeFile(join(place.folder, name), "precious");

    await openAt(place);

    expect(await readdir(place.folder)).toContain(name);
  });
});

interface Refusal {
  readonly what: string;
  readonly reason: RegExp;
  readonly arrange: (place: Place) => Promise<unknown>;
}

const refusals: readonly Refusal[] = [
  {
    what: "a link as file",
    reason: /symbolic link/,
    arrange: async ({ folder, path }) => {
      await rm(path);
      await writeFile(join(folder, "real"), textOf({ inits: [initOf()] }), { mode: 0o600 });
      await symlink(join(folder, "real"), path);
    },
  },
  {
    what: "a link to nothing as file",
    reason: /symbolic link/,
    arrange: async ({ path }) => {
      await rm(path);
      await symlink("/nowhere", path);
    },
  },
  {
    what: "a link as folder",
    reason: /symbolic link/,
    arrange: async ({ folder }) => {
      await rm(folder, { recursive: true });
      await mkdir(`${folder}-real`, { mode: 0o700 });
      await symlink(`${folder}-real`, folder);
    },
  },
  {
    what: "a link to nothing as folder",
    reason: /symbolic link/,
    arrange: async ({ folder }) => {
      await rm(folder, { recursive: true });
      await symlink("/nowhere", folder);
    },
  },
  {
    what: "a folder as file",
    reason: /not a file/,
    arrange: async ({ path }) => {
      await rm(path);
      await mkdir(path, { mode: 0o700 });
    },
  },
  {
    what: "a named pipe as file",
    reason: /not a file/,
    arrange: async ({ path }) => {
      await rm(path);
      await promisify(execFile)("mkfifo", ["-m", "600", path]);
    },
  },
  {
    what: "a file as folder",
    reason: /not a folder/,
    arrange: async ({ folder }) => {
      await rm(folder, { recursive: true });
      await writeFile(folder, secret, { mode: 0o600 });
    },
  },
  {
    what: "a file that others can read",
    reason: /mode 0644/,
    arrange: ({ path }) => chmod(path, 0o644),
  },
  {
    what: "a file that its group can write",
    reason: /mode 0620/,
    arrange: ({ path }) => chmod(path, 0o620),
  },
  {
    what: "a folder that others can list",
    reason: /mode 0755/,
    arrange: ({ folder }) => chmod(folder, 0o755),
  },
  {
    what: "a folder that its group can enter",
    reason: /mode 0710/,
    arrange: ({ folder }) => chmod(folder, 0o710),
  },
];

/** The error as the operator may see it, with its stack and cause. */
async function refusalOf({ path }: Place): Promise<unknown> {
  return StateFile.open(path, failOnError).then(
    () => "opened",
    (error: unknown) => error,
  );
}

function expectRefusal(error: unknown, { folder }: Place, reason: RegExp): void {
  expect(error).toBeInstanceOf(StateFileError);
  expect(error).toMatchObject({ name: "StateFileError", code: "STATE_FILE" });
  expect(error).toMatchObject({ message: expect.stringMatching(reason) });
  expect(error).toMatchObject({ message: expect.stringContaining(folder) });
  expect(inspect(error, { depth: 9 })).not.toContain(secret);
}

describe("StateFile.open", () => {
  test.each(refusals)("refuses $what", async ({ arrange, reason }) => {
    const place = await placeWith(textOf({ inits: [initOf()] }));
    await arrange(place);

    const error = await refusalOf(place);

    expectRefusal(error, place, reason);
  });

  const asRoot = test.runIf(process.getuid?.() === 0);

  asRoot.each(["folder", "path"] as const)("refuses a %s of another user", async (which) => {
    const place = await placeWith(textOf({ inits: [initOf()] }));
    await chown(place[which], 12345, 12345);

    const error = await refusalOf(place);

    expectRefusal(error, place, /belongs to uid 12345/);
  });

  test("refuses a folder whose parent is missing, as a volume not mounted", async () => {
    const parent = join(await tempFolder(), "volume");
    const place = { folder: join(parent, "state"), path: join(parent, "state", "inits.json") };

    const error = await refusalOf(place);

    expectRefusal(error, place, /check that its folders exist/);
    expect(error).toMatchObject({ cause: { code: "ENOENT" } });
    await expect(stat(parent)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.each([
    ["nothing", ""],
    ["no JSON", secret],
    ["half a file", textOf({ inits: [initOf()] }).slice(0, -20)],
    ["null", "null"],
    ["a list", JSON.stringify([initOf()])],
    ["a text", JSON.stringify(secret)],
    ["no version", JSON.stringify({ inits: [initOf()] })],
    ["a version that is a text", textOf({ version: "2", inits: [initOf()] })],
    ["a version before the first", textOf({ version: 0, inits: [initOf()] })],
    ["no list", textOf({ inits: { secret } })],
    ["an entry that is a text", textOf({ inits: [secret] })],
    ["an entry that is null", textOf({ inits: [initOf(), null] })],
    ["no instance", textOf({ inits: [{ ...initOf(), instance: undefined }] })],
    ["no type", textOf({ inits: [{ ...initOf(), componentType: 1 }] })],
    ["an unknown direction", textOf({ inits: [{ ...initOf(), direction: secret }] })],
    ["no properties", textOf({ inits: [{ ...initOf(), properties: undefined }] })],
    ["a list of properties", textOf({ inits: [{ ...initOf(), properties: [secret] }] })],
    ["a property that is no text", textOf({ inits: [{ ...initOf(), properties: { n: 1 } }] })],
    ["a reading that is no boolean", textOf({ inits: [{ ...initOf(), reading: secret }] })],
  ])("refuses a file with %s and says to delete it", async (_, text) => {
    const place = await placeWith(text);

    const error = await refusalOf(place);

    expectRefusal(error, place, /contents are not valid; delete it and restart daprd/);
    expect(await readFile(place.path, "utf8")).toBe(text);
  });

  test("refuses a file of a newer version", async () => {
    const place = await placeWith(textOf({ version: 2, inits: [initOf()] }));

    const error = await refusalOf(place);

    expectRefusal(error, place, /it has version 2, this program knows 1/);
  });
});
