import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { createSandbox } from "../sandbox/support/sandbox.ts";
import { run, runToEnd } from "../support/process.ts";
import { jsonAnswer, startRobot } from "../support/robot.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** Writes a file in a new folder. */
async function fileOf(content: string | Buffer, name = "file"): Promise<string> {
  const file = join(await tempFolder(), name);
  await writeFile(file, content);
  return file;
}

describe("send", () => {
  test("sends a text and prints the answer of the robot", async () => {
    const robot = await startRobot();

    const { exit, stdout, stderr } = await runToEnd(["send", "--url", robot.url, "disk full"]);

    expect({ exit, stdout, stderr }).toEqual({ exit: 0, stdout: "errcode 0 ok\n", stderr: "" });
    expect(robot.posts).toHaveLength(1);
    expect(JSON.parse(robot.posts[0]?.body ?? "")).toMatchObject({
      msgtype: "text",
      text: { content: "disk full" },
    });
  });

  test.each([
    [["--", "--all is lost"], "--all is lost"],
    [["before", "--at-all"], "before"],
  ])("reads the text from %j", async (args, content) => {
    const robot = await startRobot();

    await runToEnd(["send", "--url", robot.url, ...args]);

    expect(JSON.parse(robot.posts[0]?.body ?? "")).toMatchObject({ text: { content } });
  });

  test.each([
    ["intro\n\n## Disk full \n- db-1\n", "Disk full"],
    ["no heading, #no tag", "report.md"],
  ])("sends the markdown %j under a title", async (text, title) => {
    const robot = await startRobot();
    const file = await fileOf(text, "report.md");

    const { exit } = await runToEnd(["send", "--url", robot.url, "--markdown", file]);

    expect(exit).toBe(0);
    expect(JSON.parse(robot.posts[0]?.body ?? "")).toMatchObject({
      msgtype: "markdown",
      markdown: { title, text },
    });
  });

  test.each(["json", "markdown"])("cuts the byte order mark of a --%s file", async (option) => {
    const robot = await startRobot();
    const content = { json: '{"msgtype":"text","text":{"content":"hi"}}', markdown: "hi" }[option];
    const file = await fileOf(`\ufeff${content}`);

    const { exit } = await runToEnd(["send", "--url", robot.url, `--${option}`, file]);

    expect(exit).toBe(0);
    expect(robot.posts[0]?.body).not.toContain("\ufeff");
  });

  test("sends JSON from a file", async () => {
    const robot = await startRobot();
    const file = await fileOf('{"msgtype":"text","text":{"content":"from a file"}}');

    await runToEnd(["send", "--url", robot.url, "--json", file]);

    expect(JSON.parse(robot.posts[0]?.body ?? "")).toMatchObject({
      text: { content: "from a file" },
    });
  });

  test("sends JSON as DingTalk reads it from a file", async () => {
    const robot = await startRobot();
    const file = await fileOf("{'msgtype':'text','text':{'content':'two\nlines',},}");

    const { exit } = await runToEnd(["send", "--url", robot.url, "--json", file]);

    expect(exit).toBe(0);
    expect(JSON.parse(robot.posts[0]?.body ?? "")).toMatchObject({
      text: { content: "two\nlines" },
    });
  });

  test.each(["disk full", '"disk full"', "[]", "{'msgtype':'text'", "{msgtype}"])(
    "refuses %s as the JSON of a file",
    async (content) => {
      const robot = await startRobot();
      const file = await fileOf(content);

      const { exit, stderr } = await runToEnd(["send", "--url", robot.url, "--json", file]);

      expect(exit).toBe(1);
      expect(stderr).toMatch(/^dingtalk reason=invalid-message: the data is no JSON object; /);
      expect(robot.posts).toEqual([]);
    },
  );

  test("mentions people", async () => {
    const robot = await startRobot();
    const mentions = ["--at-mobiles", "13800000000,139", "--at-user-ids=u1", "--at-all"];

    await runToEnd(["send", "--url", robot.url, ...mentions, "look"]);

    expect(JSON.parse(robot.posts[0]?.body ?? "")).toMatchObject({
      text: { content: "look @13800000000 @139 @u1" },
      at: { atMobiles: ["13800000000", "139"], atUserIds: ["u1"], isAtAll: true },
    });
  });
});

describe("send from standard input", () => {
  const message = '{"msgtype":"text","text":{"content":"piped"}}';

  test.each([
    [[], "piped\n", { text: { content: "piped" } }],
    [[], "two\nlines\n", { text: { content: "two\nlines" } }],
    [[], message, { text: { content: "piped" } }],
    [["-"], "piped", { text: { content: "piped" } }],
    [["--json", "-"], message, { text: { content: "piped" } }],
    [["--markdown", "-"], "# piped", { markdown: { title: "piped", text: "# piped" } }],
    [["--markdown", "-"], "piped", { markdown: { title: "message", text: "piped" } }],
    [["--markdown", "-", "--title", "own"], "# piped", { markdown: { title: "own" } }],
  ])("with %j reads %j", async (args, piped, sent) => {
    const robot = await startRobot();

    const { exit } = await runToEnd(["send", "--url", robot.url, ...args], {}, piped);

    expect(exit).toBe(0);
    expect(JSON.parse(robot.posts[0]?.body ?? "")).toMatchObject(sent);
  });

  test("reads the secret of a robot", async () => {
    const robots = [{ token: "signed", secret: "SEC1", keywords: [] }];
    const { sandbox } = await createSandbox(robots, { clock: systemClock });
    const url = `${sandbox.url}/robot/send?access_token=signed`;

    const outcome = await runToEnd(["send", "--url", url, "--secret-file", "-", "a"], {}, "SEC1\n");

    expect(outcome.exit).toBe(0);
  });

  test.each([
    [["--json", "-", "--secret-file", "-"], "SEC1", "cannot both be standard input"],
    [[], " \n", "standard input is empty"],
  ])("refuses %j", async (args, piped, text) => {
    const { exit, stderr } = await runToEnd(["send", "--url", "http://h/", ...args], {}, piped);

    expect(exit).toBe(2);
    expect(stderr).toContain(text);
  });
});

describe("send --dry-run", () => {
  test("prints what would be posted and needs no robot", async () => {
    const args = ["--dry-run", "--at-mobiles", "13800000000", "disk full"];

    const { exit, stdout } = await runToEnd(["send", ...args]);

    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      msgtype: "text",
      text: { content: "disk full @13800000000" },
      at: { atMobiles: ["13800000000"] },
    });
  });

  test("sends nothing and prints no address", async () => {
    const robot = await startRobot();

    const { stdout, stderr } = await runToEnd(["send", "--url", robot.url, "--dry-run", "a"]);

    expect(robot.posts).toEqual([]);
    expect(stdout + stderr).not.toMatch(/http|token/);
  });

  test("refuses what create would refuse", async () => {
    const { exit, stderr } = await runToEnd(["send", "--dry-run", "--at-mobiles", "a!", "b"]);

    expect(exit).toBe(1);
    expect(stderr).toMatch(/field=atMobiles: --at-mobiles holds something/);
  });
});

describe("send --markdown", () => {
  test.each(['{"msgtype":"text","text":{"content":"a"}}', "{'msgtype':'link'}", '{"a":1}'])(
    "refuses a file that holds %s",
    async (content) => {
      const robot = await startRobot();
      const file = await fileOf(content, "message.json");

      const { exit, stderr } = await runToEnd(["send", "--url", robot.url, "--markdown", file]);

      expect(exit).toBe(2);
      expect(stderr).toContain("use --json");
      expect(robot.posts).toEqual([]);
    },
  );
});

describe("send to a robot that checks signatures", () => {
  const robots = [{ token: "signed", secret: "SEC1", keywords: [] }];

  test("reads URL and secret from options, files or the environment", async () => {
    const { sandbox } = await createSandbox(robots, { clock: systemClock });
    const url = `${sandbox.url}/robot/send?access_token=signed`;
    const files = ["--url-file", await fileOf(`${url}\n`), "--secret-file", await fileOf("SEC1\n")];

    const outcomes = [
      await runToEnd(["send", "--url", url, "--secret", "SEC1", "a"], { ROBOT_URL: "x" }),
      await runToEnd(["send", ...files, "b"], { ROBOT_URL: "x", ROBOT_SECRET: "y" }),
      await runToEnd(["send", "c"], { ROBOT_URL: url, ROBOT_SECRET: "SEC1" }),
    ];

    expect(outcomes.map(({ exit }) => exit)).toEqual([0, 0, 0]);
  });

  test("exits with 1 and prints errcode, reason and remedy without a secret", async () => {
    const { sandbox } = await createSandbox(robots, { clock: systemClock });
    const url = `${sandbox.url}/robot/send?access_token=signed`;

    const { exit, stdout, stderr } = await runToEnd(["send", "a"], {
      ROBOT_URL: url,
      ROBOT_SECRET: "SECwrong",
    });

    expect({ exit, stdout }).toEqual({ exit: 1, stdout: "" });
    expect(stderr).toMatch(/^dingtalk errcode=310000 reason=sign-mismatch: .+; .+\n$/);
    expect(stderr).not.toMatch(/SECwrong|access_token|http:/);
  });
});

describe("send fails", () => {
  test.each([
    [["--url", "http://127.0.0.1:1/?access_token=t0ken", "a"], "reason=connect-failed"],
    [["--url", "t0ken", "a"], "reason=invalid-metadata field=url"],
    [["--url", "http://127.0.0.1:1/?access_token=t0ken", ""], "reason=invalid-message"],
  ])("with %j", async (args, text) => {
    const { exit, stderr } = await runToEnd(["send", ...args]);

    expect(exit).toBe(1);
    expect(stderr).toContain(text);
    expect(stderr).not.toContain("t0ken");
  });

  test("and ends if the robot is throttled", async () => {
    const robot = await startRobot(jsonAnswer({ errcode: 660026, errmsg: "too fast" }));

    const { exit, stderr } = await runToEnd(["send", "--url", robot.url, "a"]);

    expect(exit).toBe(1);
    expect(stderr).toContain("errcode=660026");
  });

  test("on standard input that holds no message", async () => {
    const robot = await startRobot();
    const running = run(["send", "--url", robot.url, "--json", "-"]);

    const exit = await running.exit;

    expect(exit).toBe(1);
    expect(running.stderr()).toContain("reason=invalid-message");
  });

  const json = '{"msgtype":"text","text":{"content":"中"}}';

  test.each([
    ["markdown", "GBK", Buffer.from([0xd6, 0xd0]), "the data is not UTF-8"],
    ["json", "GBK", Buffer.from(json.replace("中", "\xd6\xd0"), "latin1"), "the data is not UTF-8"],
    ["markdown", "UTF-16", Buffer.from("# a", "utf16le"), "NUL"],
    ["json", "UTF-16", Buffer.from(json, "utf16le"), "reason=invalid-message"],
    ["markdown", "marked UTF-16", Buffer.from("\ufeff# a", "utf16le"), "the data is not UTF-8"],
    ["json", "marked UTF-16", Buffer.from(`\ufeff${json}`, "utf16le"), "the data is not UTF-8"],
    ["json", "text", Buffer.from("disk full"), "JSON object"],
    ["json", "a list", Buffer.from("[1]"), "JSON object"],
  ])("on a --%s file of %s", async (option, _encoding, bytes, text) => {
    const robot = await startRobot();
    const file = await fileOf(bytes);

    const { exit, stderr } = await runToEnd(["send", "--url", robot.url, `--${option}`, file]);

    expect(exit).toBe(1);
    expect(stderr).toContain("reason=invalid-message");
    expect(stderr).toContain(text);
    expect(robot.posts).toEqual([]);
  });

  test.each([
    ["HTTP_PROXY", "127.0.0.1:3128"],
    ["https_proxy", "proxy:3128"],
    ["HTTPS_PROXY", "http://%zz@proxy"],
    ["LOG_LEVEL", "inof"],
  ])("as serve does if %s is %s", async (name, value) => {
    const env = { [name]: value };

    const { exit, stderr } = await runToEnd(["send", "--url", "http://h.invalid/", "a"], env);

    const served = await runToEnd(["serve"], env);
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: served.stderr });
    expect(stderr).toMatch(/^dingtalk-webhook: .+\n$/);
  });

  test.each([
    ["that is dead", "http://user:pw@127.0.0.1:1", "127.0.0.1:1", "ECONNREFUSED"],
    ["of an unknown host", "http://user:pw@proxy.invalid", "proxy.invalid", "E(NOTFOUND|AI_AGAIN)"],
  ])("at a proxy %s, which it names", async (_case, proxy, host, code) => {
    const args = ["send", "--url", "https://h.invalid/robot/send", "a"];

    const { exit, stderr } = await runToEnd(args, { HTTPS_PROXY: proxy });

    expect(exit).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^dingtalk reason=proxy-failed: the proxy ${host} did not connect .+: ${code}; `),
    );
    expect(stderr).not.toContain("pw");
  });

  test.each([
    [["a"], "no robot"],
    [["--url", "http://h/"], "give one message"],
    [["--url", "http://h/", "two", "words"], "give one message"],
    [["--url", "http://h/", "a", "--json", "-"], "give one message"],
    [["--url", "http://h/", "--url-file", "f", "a"], "exclude each other"],
    [["--secret", "S", "--secret-file", "f", "a"], "exclude each other"],
    [["--url-file", "/nowhere/f", "a"], "--url-file cannot be read: ENOENT"],
    [["--url", "http://h/", "--markdown", "/nowhere/f"], "--markdown cannot be read"],
    [["--url"], "--url"],
    [["--url", "http://h/", "--title", "t", "a"], "--title is for --markdown"],
    [["--url", "http://h/", "--secret", "", "a"], "--secret is empty"],
    [["--url", "http://h/", "--secret-file", "/dev/null", "a"], "of --secret-file is empty"],
    [["--url-file", "-", "--json", "-"], "of --url-file is empty"],
    [["--url-file", "https://h/?access_token=t", "a"], "the file … of --url-file"],
    [["--url", "http://h/", "-"], "standard input is empty"],
  ])("to read %j", async (args, text) => {
    const { exit, stderr } = await runToEnd(["send", ...args]);

    expect(exit).toBe(2);
    expect(stderr).toContain(text);
  });
});
