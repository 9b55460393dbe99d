import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { parseDuration } from "../base/duration.ts";
import { UsageError } from "../base/usage-error.ts";
import { readHealth } from "../dapr/component-server.ts";
import { type SocketPlan, socketPath } from "../dapr/sockets.ts";
import { readConfig } from "../sidecar/environment.ts";
import { type Command, parseOptions } from "./command.ts";
import { askHealth } from "./health-client.ts";

/** Time limit of one check of one socket. */
const checkTimeoutMs = 800;
const retryMs = 100;

const help = `Usage: dingtalk-webhook healthcheck [--wait DURATION]

Exits with 0 if every socket of this environment answers. Otherwise prints the reason and exits
with 1.

Options:
  --wait DURATION   time to keep trying, such as 30s (for a postStart hook)

Environment: the socket variables of dingtalk-webhook serve.
`;

/** Tells probes and postStart hooks of a container whether the sidecar serves. */
export const healthcheckCommand: Command = {
  summary: "check whether the sockets answer",
  help,
  async run(args) {
    const { wait } = parseOptions(args, { wait: { type: "string" } });
    const waitMs = wait === undefined ? 0 : parseDuration(wait);
    if (waitMs === undefined) throw new UsageError("--wait takes a duration such as 30s");
    const { sockets } = readConfig(process.env);
    const problem = await waitUntilHealthy(sockets, waitMs);
    if (problem === undefined) {
      await warnOfLostReaders(sockets);
      return 0;
    }
    process.stderr.write(`unhealthy: ${problem}\n`);
    return 1;
  },
};

/** Lost Read streams do not make the check fail: this process cannot bring them back. */
async function warnOfLostReaders(plan: SocketPlan): Promise<void> {
  const [name = ""] = plan.names;
  if ((await check(socketPath(plan, name), readHealth)) === undefined) return;
  process.stderr.write(
    "warning: daprd reads no more from a component since this process was restarted or a stream failed; restart daprd, or change the component's YAML, which makes daprd load it again\n",
  );
}

async function waitUntilHealthy(sockets: SocketPlan, waitMs: number): Promise<string | undefined> {
  const until = systemClock.elapsed() + waitMs;
  for (;;) {
    const problem = await findProblem(sockets);
    if (problem === undefined || systemClock.elapsed() + retryMs > until) return problem;
    await sleep(retryMs);
  }
}

async function findProblem(plan: SocketPlan): Promise<string | undefined> {
  const answers = plan.names.map((name) => check(socketPath(plan, name)));
  return (await Promise.all(answers)).find((problem) => problem !== undefined);
}

/** Why a service of the socket is not healthy, or undefined if it is. */
async function check(path: string, service = ""): Promise<string | undefined> {
  const { status, failure } = await askHealth(path, { service, timeoutMs: checkTimeoutMs });
  if (failure !== undefined) {
    return `${path} does not answer (${failure}); start dingtalk-webhook serve, or set the socket folder that it uses`;
  }
  return status === "SERVING" ? undefined : `${path} answers that it is ${status}`;
}
