import { execFileSync } from "node:child_process";
import { appendFile, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { startSandbox } from "../../../sandbox/server.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { call, createSandbox, entries, hello, received, send } from "../support/sandbox.ts";

describe("a data file", () => {
  test("keeps what happened over a restart", async () => {
    const dataFile = await newFile();
    const { sandbox: first } = await createSandbox(undefined, { dataFile });
    await send(first, { message: { ...hello, msgUuid: "u1" } });
    await send(first, { message: "{" });
    await first.close();
    const { sandbox } = await createSandbox(undefined, { dataFile });

    const shown = await entries(sandbox);

    expect(shown).toMatchObject([
      { id: "1", outcome: "accepted", message: hello },
      { id: "2", outcome: "refused", explanation: { code: "json-invalid" } },
    ]);
  });

  test("goes on counting, and knows what was accepted before", async () => {
    const dataFile = await newFile();
    const { sandbox: first } = await createSandbox(undefined, { dataFile });
    await send(first, { message: { ...hello, msgUuid: "u1" } });
    await first.close();
    const { sandbox } = await createSandbox(undefined, { dataFile });
    await send(sandbox, { message: { ...hello, msgUuid: "u1" } });
    await send(sandbox);

    const messages = await received(sandbox);

    expect(messages.map(({ id }) => Number(id))).toEqual([1, expect.any(Number)]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(2);
  });

  test("keeps the month's count, and lets no callback wait for ever", async () => {
    const dataFile = await newFile();
    const { sandbox: first } = await createSandbox(undefined, { dataFile });
    await send(first);
    await call(first, "POST /api/robots/sandbox/human", { text: "x" });
    await first.close();
    const [, human] = (await readFile(dataFile, "utf8")).split("\n");
    await appendFile(dataFile, `${human?.replace('"callback":null', `"callback":${waiting}`)}\n`);
    const { sandbox } = await createSandbox(undefined, { dataFile });

    const { json } = await call(sandbox, "GET /api/robots/sandbox");

    expect(json).toMatchObject({ monthlyCount: 1, entryCount: 2 });
    expect(await entries(sandbox, "?kind=human")).toMatchObject([
      { callback: { state: "failed", problem: { code: "callback-unreachable" } } },
    ]);
  });

  test("forgets what was cleared", async () => {
    const dataFile = await newFile();
    const { sandbox: first } = await createSandbox(undefined, { dataFile });
    await send(first);
    await send(first, { token: "signed" });
    await call(first, "DELETE /api/messages?token=sandbox");
    await first.close();
    const { sandbox } = await createSandbox(undefined, { dataFile });

    const shown = await entries(sandbox);

    expect(shown.map(({ token }) => token)).toEqual(["signed"]);
  });

  test("brings robots back that were made on first use", async () => {
    const dataFile = await newFile();
    const { sandbox: first } = await createSandbox([], { dataFile, isOpen: true });
    await send(first, { token: "mine" });
    await first.close();
    const { sandbox } = await createSandbox([], { dataFile });

    const { json } = await call(sandbox, "GET /api/robots");

    expect(json).toMatchObject([{ token: "mine", entryCount: 1 }]);
  });

  test.each(['{"entry":{"id":"9","tok', "\u0000\u0000", '{"entry":{}}\n', "null\n", "\n\n"])(
    "survives the broken line %j",
    async (line) => {
      const dataFile = await newFile();
      const { sandbox: first } = await createSandbox(undefined, { dataFile });
      await send(first);
      await first.close();
      await appendFile(dataFile, line);
      const { sandbox: second } = await createSandbox(undefined, { dataFile });
      await send(second);
      await second.close();
      const { sandbox } = await createSandbox(undefined, { dataFile });

      const messages = await received(sandbox);

      expect(messages.map(({ id }) => id)).toEqual(["1", "2"]);
    },
  );

  test("can be read by its owner only", async () => {
    const dataFile = await newFile();
    await writeFile(dataFile, "", { mode: 0o644 });
    await createSandbox(undefined, { dataFile });

    const { mode } = await stat(dataFile);

    expect(mode & 0o777).toBe(0o600);
  });

  test("does not grow without end", async () => {
    const dataFile = await newFile();
    const robots = [{ token: "sandbox", messagesPerMinute: 100_000 }];
    const { sandbox } = await createSandbox(robots, { dataFile });
    const message = { ...hello, msgUuid: "u1" };
    for (let count = 0; count < 12; count += 1) {
      await Promise.all(Array.from({ length: 100 }, () => send(sandbox, { message })));
    }

    const lines = (await readFile(dataFile, "utf8")).split("\n");

    expect(lines.length).toBeLessThan(1100);
    expect(await received(sandbox)).toHaveLength(1);
  });

  test("stays with the first of two sandboxes on one port", async () => {
    const dataFile = await newFile();
    const { sandbox } = await createSandbox(undefined, { dataFile });

    const starting = startSandbox({ dataFile, port: sandbox.port });

    await expect(starting).rejects.toMatchObject({ name: "ListenError" });
    await send(sandbox);
    expect(await readFile(dataFile, "utf8")).toContain('"id":"1"');
  });

  test.each([
    "# Notes\n\n- call mum\n",
    '{"name":"x"}\n',
    "[]",
    "\u0000\u0001",
    "{",
    '{"entry":"door 7"}\n',
    '{"entry":{"id":7}}\n',
    '{"cleared":true}\n',
  ])("of somebody else stops the start and stays as it is: %j", async (content) => {
    const dataFile = await newFile();
    await writeFile(dataFile, content);

    const starting = startSandbox({ dataFile });

    await expect(starting).rejects.toMatchObject({ name: "DataFileError" });
    expect(await readFile(dataFile, "utf8")).toBe(content);
  });

  test("leaves the files beside it alone", async () => {
    const dataFile = await newFile();
    await writeFile(`${dataFile}.new`, "notes");

    await createSandbox(undefined, { dataFile });

    expect(await readFile(`${dataFile}.new`, "utf8")).toBe("notes");
  });

  test("behind a link is written where it is", async () => {
    const target = await newFile();
    const dataFile = `${target}.link`;
    await writeFile(target, "");
    await symlink(target, dataFile);
    const { sandbox } = await createSandbox(undefined, { dataFile });
    await send(sandbox);

    const content = await readFile(target, "utf8");

    expect(content).toContain('"id":"1"');
  });

  test("that is a named pipe stops the start", async () => {
    const dataFile = await newFile();
    execFileSync("mkfifo", [dataFile]);

    const starting = startSandbox({ dataFile });

    await expect(starting).rejects.toMatchObject({ name: "DataFileError" });
  });

  test.each([
    ["no receivedAt", { receivedAt: undefined }],
    ["no headers", { request: { method: "POST", path: "/", query: [], remoteAddress: "" } }],
    ["an attempt without a time", { attempts: [{ outcome: "accepted" }] }],
    ["a time that is none", { receivedAt: "2026-99-99T00:00:00Z" }],
    ["an id beyond all numbers", { id: "9".repeat(400) }],
  ])("skips an entry with %s", async (_, fields) => {
    const dataFile = await newFile();
    const { sandbox: first } = await createSandbox(undefined, { dataFile });
    await send(first);
    await first.close();
    const { entry } = JSON.parse(await readFile(dataFile, "utf8"));
    await writeFile(dataFile, `${JSON.stringify({ entry: { ...entry, ...fields } })}\n`);
    const { sandbox } = await createSandbox(undefined, { dataFile });
    await send(sandbox);

    const shown = await entries(sandbox);

    expect(shown.map(({ id }) => id)).toEqual(["1"]);
  });

  test("skips an entry in thousands of levels", async () => {
    const dataFile = await newFile();
    const deep = `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`;
    await writeFile(dataFile, `{"entry":{"id":"1","message":${deep}}}\n`);
    const { sandbox } = await createSandbox(undefined, { dataFile });

    const shown = await entries(sandbox);

    expect(shown).toEqual([]);
  });

  test("is written anew when somebody removes it", async () => {
    const dataFile = await newFile();
    const { sandbox } = await createSandbox(undefined, { dataFile });
    await send(sandbox);
    await rm(dataFile);
    await send(sandbox);

    const lines = (await readFile(dataFile, "utf8")).trim().split("\n");

    expect(lines.map((line) => JSON.parse(line).entry.id)).toEqual(["1", "2"]);
  });

  test("that another program replaced is left alone, and no message is taken", async () => {
    const dataFile = await newFile();
    const { sandbox } = await createSandbox(undefined, { dataFile });
    await writeFile(`${dataFile}.other`, "other");
    await rename(`${dataFile}.other`, dataFile);

    const answer = await send(sandbox);

    expect(answer.errcode).toBe(-1);
    expect(await entries(sandbox)).toEqual([]);
    expect(await readFile(dataFile, "utf8")).toBe("other");
  });

  test("in a folder that does not exist stops the start", async () => {
    const starting = startSandbox({ dataFile: `${await newFile()}/x` });

    await expect(starting).rejects.toMatchObject({ name: "DataFileError", code: "DATA_FILE" });
  });

  test("that cannot be used stops the start", async () => {
    const folder = await tempFolder();

    const starting = startSandbox({ dataFile: folder });

    await expect(starting).rejects.toMatchObject({ name: "DataFileError", code: "DATA_FILE" });
  });
});

const waiting = JSON.stringify({
  state: "waiting",
  url: "",
  headers: {},
  body: "",
  status: null,
  durationMs: null,
  answerBody: "",
  problem: null,
});

async function newFile(): Promise<string> {
  return `${await tempFolder()}/messages.jsonl`;
}
