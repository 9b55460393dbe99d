import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Connection, Entry, RobotState } from "../../sandbox/api/types.ts";
import { type Sandbox, startSandbox } from "../../sandbox/server.ts";
import { call, entries } from "../sandbox/support/sandbox.ts";
import { eventually } from "../support/eventually.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const python = `${root}build/clients/python/bin/python`;
const clientSecret = "clients-secret-0123456789";

/** npm's client is deaf for 11 s after a disconnect frame: it waits for the end of the TCP connection. */
const reconnectLimitMs = 40_000;

describe.each([
  ["npm's dingtalk-stream", process.execPath, "test/clients/npm/program.mjs", "EVENT *"],
  ["DingTalk's SDK for Python", python, "test/clients/python/program.py", undefined],
])("%s", (_, command, program, alsoWants) => {
  test("hears, acks, answers, and goes on after a disconnect frame", async () => {
    const { sandbox, robot } = await createStreamRobot();
    start(command, program, { sandbox, robot });
    const first = await connectionOf(sandbox, ({ getsMessages }) => getsMessages);
    const before = await speak(sandbox, "one");
    await call(sandbox, `DELETE /api/connections/${first.id}`);
    await connectionOf(sandbox, ({ id }) => id !== first.id);

    const after = await speak(sandbox, "two");

    expect(first.subscriptions.includes(alsoWants ?? "EVENT *")).toBe(alsoWants !== undefined);
    expect([before, after].map(({ callback }) => callback)).toMatchObject([acked, acked]);
    expect(await repliesOf(sandbox)).toEqual(["heard: one", "heard: two"]);
  });
});

/** A callback whose only copy was acked in order. */
const acked = { state: "answered", problem: null, pushes: [{ code: 200, remarks: [] }] };

async function createStreamRobot() {
  const sandbox = await startSandbox({ pageFolder: "/nowhere" });
  onTestFinished(() => sandbox.close());
  const human = { mode: "stream", appSecret: clientSecret };
  const { json } = await call<RobotState>(sandbox, "PATCH /api/robots/sandbox/human", human);
  return { sandbox, robot: json };
}

/** Starts a program with a foreign client. It is killed after the test. */
function start(
  command: string,
  program: string,
  { sandbox, robot }: { sandbox: Sandbox; robot: RobotState },
): ChildProcess {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(command, [`${root}${program}`], {
    env: {
      ...{ PATH, HOME, GATEWAY: sandbox.url, DINGTALK_OPENAPI_ENDPOINT: sandbox.url },
      ...{ CLIENT_ID: robot.human.clientId, CLIENT_SECRET: clientSecret },
    },
    stdio: "ignore",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** The connection that fits, as soon as it is open and no other one is. */
function connectionOf(
  sandbox: Sandbox,
  fits: (connection: Connection) => boolean,
): Promise<Connection> {
  return eventually(async () => {
    const { json } = await call<RobotState>(sandbox, "GET /api/robots/sandbox");
    const [connection, ...others] = json.connections;
    const isAlone = connection !== undefined && others.length === 0;
    return isAlone && connection.state === "open" && fits(connection) ? connection : undefined;
  }, reconnectLimitMs);
}

async function speak(sandbox: Sandbox, text: string): Promise<Entry> {
  const { json } = await call<Entry>(sandbox, "POST /api/robots/sandbox/human", { text });
  return json;
}

async function repliesOf(sandbox: Sandbox): Promise<string[]> {
  const replies = await entries(sandbox, "?kind=reply");
  return replies.map(({ body }) => JSON.parse(body).text.content.trim());
}
