import { nextSignal } from "../src/base/signals.ts";
import { UsageError } from "../src/base/usage-error.ts";
import { type Command, parseOptions } from "../src/commands/command.ts";
import { defaultRobots, type RobotSettings } from "./robot/settings.ts";
import { parseRobots } from "./robot-option.ts";
import { DataFileError } from "./rooms/data-file.ts";
import { ListenError, type Sandbox, startSandbox } from "./server.ts";

const help = `Usage: dingtalk-webhook sandbox [OPTIONS]

Plays DingTalk group robots: checks and answers POST /robot/send as DingTalk does, and shows on its
page what the robots would have said and why they refused something. Tests read the messages at
GET /api/messages?token=TOKEN; /api/openapi.json describes that and all else that can be set.

Options:
  --port PORT     0 takes a free port (4050)
  --host HOST     (127.0.0.1)
  --robot token=TOKEN[,secret=SECRET][,keyword=KEYWORD]...[,messagesPerMinute=N]
                  a robot to play; may be repeated, and so may keyword within it; N is 20
  --open          an unknown token makes a robot at its first use, instead of errcode 300005
  --data FILE     keep the last 1,000 messages of each robot in FILE, over restarts; robots that
                  have messages in it are played, too

Without --robot: one robot with the token sandbox and no security, and one with the token signed
and the secret SECsandbox.
`;

/** The surroundings of a run, as arguments so that tests need no process. */
export interface SandboxSurroundings {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Resolves when the sandbox shall end. */
  readonly stopped: () => Promise<unknown>;
}

/** The stand-in for DingTalk's robots. */
export const sandboxCommand: Command = {
  summary: "play DingTalk robots for tests",
  help,
  run: (args) =>
    runSandbox(args, {
      stdout: (text) => process.stdout.write(text),
      stderr: (text) => process.stderr.write(text),
      stopped: nextSignal,
    }),
};

/**
 * Runs until it is stopped.
 *
 * @returns the exit code: 1 when the address cannot be listened on or the file not be used
 * @throws {UsageError} for arguments that cannot be understood
 */
export async function runSandbox(
  args: readonly string[],
  { stdout, stderr, stopped }: SandboxSurroundings,
): Promise<number> {
  const options = readOptions(args);
  // From here on a signal ends the sandbox in order, even before it listens.
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
  // Node would take an empty host for every address of the machine.
  if (host === "") throw new UsageError("--host is empty");
  if (data === "") throw new UsageError("--data is empty");
  const robots = robot ? parseRobots(robot) : defaultRobots;
  const dataFile = data === undefined ? {} : { dataFile: data };
  return { host, port: Number(port), robots, isOpen, ...dataFile };
}

function greeting({ url }: Sandbox, robots: readonly RobotSettings[]): string {
  const addresses = robots.map(({ token, secret }) => {
    const address = `${url}/robot/send?access_token=${encodeURIComponent(token)}`;
    return `  ${address}${secret === undefined ? "" : " (signed)"}\n`;
  });
  return `sandbox listening on ${url}\n${addresses.join("")}`;
}
