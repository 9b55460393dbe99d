import { nextSignal } from "../src/base/signals.ts";
import { UsageError } from "../src/base/usage-error.ts";
import { type Command, parseOptions } from "../src/commands/command.ts";
import { defaultRobots, type RobotSettings } from "./robot/settings.ts";
import { parseRobots } from "./robot-option.ts";
import { DataFileError } from "./rooms/data-file-error.ts";
import { ListenError, type Sandbox, startSandbox } from "./server.ts";

const help = `Usage: dingtalk-webhook sandbox [OPTIONS]

Simulates DingTalk group robots. The sandbox checks and answers POST /robot/send as DingTalk does.
Its page shows what the robots would have said, and why a request was refused. Tests read the
messages at GET /api/messages?token=TOKEN. /api/openapi.json describes the whole API.

Options:
  --port PORT     the port to listen on; 0 takes a free one (default: 4050)
  --host HOST     the address to listen on (default: 127.0.0.1)
  --robot token=TOKEN[,secret=SECRET][,keyword=KEYWORD]...[,messagesPerMinute=N]
          [,clientId=ID,clientSecret=SECRET]
                  a robot to simulate; N is 20 by default; --robot and keyword may be repeated; with
                  clientId and clientSecret, a program can connect in Stream mode and hear what
                  people write
  --open          an unknown token makes a robot at its first use; without --open, the answer is
                  errcode 300005
  --data FILE     keep the last 1,000 messages of each robot in FILE, which is new or from an
                  earlier sandbox; the next start reads them and also simulates the robots that
                  they belong to

Without --robot there are two robots: one has the token sandbox and no security, the other has the
token signed and the secret SECsandbox.
`;

/** What a run needs of its process. Tests pass their own, and need no process. */
export interface ProcessDeps {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Resolves when the process is asked to stop. */
  readonly stopped: () => Promise<unknown>;
}

/** The `sandbox` command. */
export const sandboxCommand: Command = {
  summary: "simulate DingTalk robots for tests",
  help,
  run: (args) =>
    runSandbox(args, {
      stdout: (text) => process.stdout.write(text),
      stderr: (text) => process.stderr.write(text),
      stopped: nextSignal,
    }),
};

/**
 * Runs the sandbox until it is stopped.
 *
 * @returns the exit code: 1 if the sandbox cannot listen on its address or use its file
 * @throws {UsageError} for arguments that cannot be understood
 */
export async function runSandbox(
  args: readonly string[],
  { stdout, stderr, stopped }: ProcessDeps,
): Promise<number> {
  const options = readOptions(args);
  // A signal may come before the sandbox listens; it ends the sandbox in order too.
  const end = stopped();
  try {
    const sandbox = await startSandbox(options);
    stdout(greeting(sandbox, options.robots));
    await end;
    await sandbox.close();
    return 0;
  } catch (error) {
    const isExpected = error instanceof ListenError || error instanceof DataFileError;
    if (!isExpected) throw error;
    stderr(`dingtalk-webhook: ${error.message}\n`);
    return 1;
  }
}

function readOptions(args: readonly string[]) {
  const {
    port = "4050",
    host = "127.0.0.1",
    robot,
    open: isOpen = false,
    data,
  } = parseOptions(args, {
    port: { type: "string" },
    host: { type: "string" },
    robot: { type: "string", multiple: true },
    open: { type: "boolean" },
    data: { type: "string" },
  });
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError("--port takes a number from 0 to 65535");
  }
  // Node listens on every address of the machine if the host is empty.
  if (host === "") throw new UsageError("--host is empty");
  if (data === "") throw new UsageError("--data is empty");
  if (data === "-") throw new UsageError("--data takes a file, which is written too");
  const robots = robot ? parseRobots(robot) : defaultRobots;
  const dataFile = data === undefined ? {} : { dataFile: data };
  return { host, port: Number(port), robots, isOpen, ...dataFile };
}

function greeting({ url }: Sandbox, robots: readonly RobotSettings[]): string {
  const addresses = robots.map(({ token, secret, app }) => {
    const address = `${url}/robot/send?access_token=${encodeURIComponent(token)}`;
    const gateway = app === undefined ? "" : `  gatewayUrl ${url}, clientId ${app.clientId}\n`;
    return `  ${address}${secret === undefined ? "" : " (signed)"}\n${gateway}`;
  });
  return `sandbox listening on ${url}\n${addresses.join("")}`;
}
