import { type Command, parseOptions, UsageError } from "../command.ts";
import { nextSignal } from "../signals.ts";
import { defaultRobots, type RobotSettings } from "./robot.ts";
import { parseRobots } from "./robot-option.ts";
import { ListenError, type Sandbox, startSandbox } from "./server.ts";

const help = `Usage: dingtalk-webhook sandbox [OPTIONS]

Plays DingTalk group robots: checks and answers POST /robot/send as DingTalk does, and shows what
it accepted at GET /api/messages?token=TOKEN. DELETE /api/messages forgets it.

Options:
  --port PORT     0 takes a free port (4050)
  --host HOST     (127.0.0.1)
  --robot token=TOKEN[,secret=SECRET][,keyword=KEYWORD]...[,messagesPerMinute=N]
                  a robot to play; may be repeated, and so may keyword within it; N is 20

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
 * @returns the exit code: 1 when the address cannot be listened on
 * @throws {UsageError} for arguments that cannot be understood
 */
export async function runSandbox(
  args: readonly string[],
  { stdout, stderr, stopped }: SandboxSurroundings,
): Promise<number> {
  const { host, port, robots } = readOptions(args);
  // From here on a signal ends the sandbox in order, even before it listens.
  const end = stopped();
  try {
    const sandbox = await startSandbox({ host, port, robots });
    stdout(greeting(sandbox, robots));
    await end;
    await sandbox.close();
    return 0;
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    stderr(`dingtalk-webhook: ${error.message}\n`);
    return 1;
  }
}

function readOptions(args: readonly string[]) {
  const {
    port = "4050",
    host = "127.0.0.1",
    robot,
  } = parseOptions(args, {
    port: { type: "string" },
    host: { type: "string" },
    robot: { type: "string", multiple: true },
  });
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new UsageError("--port takes a number from 0 to 65535");
  }
  // Node would take an empty host for every address of the machine.
  if (host === "") throw new UsageError("--host is empty");
  return { host, port: Number(port), robots: robot ? parseRobots(robot) : defaultRobots };
}

function greeting({ url }: Sandbox, robots: readonly RobotSettings[]): string {
  const addresses = robots.map(({ token, secret }) => {
    const address = `${url}/robot/send?access_token=${encodeURIComponent(token)}`;
    return `  ${address}${secret === undefined ? "" : " (signed)"}\n`;
  });
  return `sandbox listening on ${url}\n${addresses.join("")}`;
}
