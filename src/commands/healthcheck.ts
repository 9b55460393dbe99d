import { setTimeout as sleep } from "node:timers/promises";
import {
  type ChannelCredentials,
  type Client,
  credentials,
  makeClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";
import { parseDuration } from "../base/duration.ts";
import { UsageError } from "../base/usage-error.ts";
import { readHealth } from "../dapr/component-server.ts";
import { type SocketPlan, socketPath } from "../dapr/sockets.ts";
import { readConfig } from "../sidecar/environment.ts";
import { type Command, parseOptions } from "./command.ts";

/** One round of questions takes at most this long. */
const checkTimeoutMs = 800;
const retryMs = 100;

const help = `Usage: dingtalk-webhook healthcheck [--wait DURATION]

Exits with 0 when every socket of this environment answers, with 1 and the reason otherwise.

Options:
  --wait DURATION   keep trying for so long, such as 30s (for a postStart hook)

Environment: the socket variables of dingtalk-webhook serve.
`;

/** For container probes and postStart hooks. */
export const healthcheckCommand: Command = {
  summary: "tell whether the sockets answer",
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

/** No reason to restart this process once more: only a restart of daprd helps. */
async function warnOfLostReaders(plan: SocketPlan): Promise<void> {
  const [name = ""] = plan.names;
  if ((await check(socketPath(plan, name), readHealth)) === undefined) return;
  process.stderr.write(
    "warning: daprd reads no more from a component since this process was restarted; restart daprd\n",
  );
}

async function waitUntilHealthy(sockets: SocketPlan, waitMs: number): Promise<string | undefined> {
  const until = Date.now() + waitMs;
  for (;;) {
    const problem = await findProblem(sockets);
    if (problem === undefined || Date.now() + retryMs > until) return problem;
    await sleep(retryMs);
  }
}

async function findProblem(plan: SocketPlan): Promise<string | undefined> {
  const answers = plan.names.map((name) => check(socketPath(plan, name)));
  return (await Promise.all(answers)).find((problem) => problem !== undefined);
}

interface HealthClient extends Client {
  check(
    request: { service: string },
    options: { deadline: number },
    callback: (error: ServiceError | null, answer?: { status: string }) => void,
  ): void;
}

// The loader's types know nothing of the service's methods.
const HealthClient = makeClientConstructor(healthService, "Health") as unknown as new (
  address: string,
  credentials: ChannelCredentials,
) => HealthClient;

/** What is wrong with a socket, or undefined. */
function check(path: string, service = ""): Promise<string | undefined> {
  const client = new HealthClient(`unix:${path}`, credentials.createInsecure());
  const deadline = Date.now() + checkTimeoutMs;
  return new Promise<string | undefined>((resolve) => {
    const onAnswer = (error: ServiceError | null, answer?: { status: string }): void => {
      if (error !== null) resolve(`${path} does not answer (${status[error.code]})`);
      else if (answer?.status === "SERVING") resolve(undefined);
      else resolve(`${path} answers that it is ${answer?.status}`);
    };
    client.check({ service }, { deadline }, onAnswer);
  }).finally(() => client.close());
}
