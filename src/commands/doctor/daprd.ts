import { request } from "undici";
import { systemClock, withinTime } from "../../base/clock.ts";
import { isObject, type JsonObject, parseJson } from "../../base/json.ts";
import { type SocketPlan, socketPath } from "../../dapr/sockets.ts";
import { serves } from "./components.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { operationsOf } from "./socket-probe.ts";

/** Where daprd's HTTP API listens on this machine. */
export interface DaprdAddress {
  readonly port: number;
  /** Value of `DAPR_API_TOKEN`; empty if daprd asks for none. */
  readonly apiToken: string;
}

interface LoadedComponent {
  readonly name: string;
  readonly type: string;
}

const answerTimeoutMs = 3000;

/**
 * Operations of daprd's built-in binding, in the order in which daprd names them. `WebhookBinding`
 * has them in another order.
 */
const builtInOperations = "create get";

/** Reports the version of a running daprd and who serves each of its DingTalk components. */
export async function checkDaprd(daprd: DaprdAddress, plan: SocketPlan): Promise<Finding[]> {
  const answer = await call(daprd, "/v1.0/metadata");
  if (answer === undefined) {
    const message = `no daprd is reachable on port ${daprd.port}, so it was not checked`;
    return [ok("daprd", message)];
  }
  const metadata = parseJson(answer.text);
  if (answer.status === 401) {
    const message = `daprd on port ${daprd.port} asks for an API token`;
    return [warning("daprd", message, "set DAPR_API_TOKEN as the app has it")];
  }
  if (!isObject(metadata) || typeof metadata.runtimeVersion !== "string") {
    const message = `the program that answers on port ${daprd.port} is not daprd`;
    return [warning("daprd", message, "name its port in --dapr-http-port")];
  }
  const version = ok("daprd", `daprd ${metadata.runtimeVersion} runs the app ${metadata.id}`);
  const components = loadedComponents(metadata);
  if (components.length > 0) {
    const servers = components.map((component) => checkServer(component, daprd, plan));
    return [version, ...(await Promise.all(servers))];
  }
  return [version, ok("daprd", "daprd has loaded no DingTalk component")];
}

function loadedComponents({ components }: JsonObject): LoadedComponent[] {
  const list: unknown[] = Array.isArray(components) ? components : [];
  return list
    .filter(isObject)
    .map(({ name, type }) => ({ name: String(name), type: String(type).toLowerCase() }))
    .filter(({ type }) => type.startsWith("bindings.") && type.includes("dingtalk"));
}

async function checkServer(
  component: LoadedComponent,
  daprd: DaprdAddress,
  plan: SocketPlan,
): Promise<Finding> {
  const socket = plan.names.find((name) => serves([name], component.type)) ?? "";
  const ours = (await operationsOf(socketPath(plan, socket), component.name))?.join(" ");
  const daprds = await offeredOperations(daprd, component.name);
  if (ours === undefined || (daprds !== undefined && daprds !== ours)) {
    return problem(
      "served-by",
      `daprd does not have ${component.name} from this dingtalk-webhook: daprd serves it itself, or dingtalk-webhook was restarted since`,
      "restart daprd while dingtalk-webhook runs; with DINGTALK_STATE_FILE, later restarts need no restart of daprd",
    );
  }
  // With equal operations, the process may know the name from another daprd or its state file.
  const isCertain = daprds !== undefined && daprds !== builtInOperations;
  return isCertain
    ? ok("served-by", `daprd has ${component.name} from dingtalk-webhook`)
    : ok("served-by", `dingtalk-webhook was told of ${component.name} by a daprd on its folder`);
}

/**
 * The component's operations as daprd knows them. daprd names them when it refuses an operation
 * that is not among them. daprd refuses by itself, so no binding hears of the request.
 */
async function offeredOperations(daprd: DaprdAddress, name: string): Promise<string | undefined> {
  const path = `/v1.0/bindings/${encodeURIComponent(name)}`;
  const answer = await call(daprd, path, '{"operation":"offered-to-nobody"}');
  const value = parseJson(answer?.text ?? "");
  const message = isObject(value) ? String(value.message) : "";
  return /supported operations: ?(.*)$/.exec(message)?.[1];
}

/** daprd's answer to a GET, or to a POST if there is a body. Undefined if no answer came. */
async function call(
  { port, apiToken }: DaprdAddress,
  path: string,
  body?: string,
): Promise<{ status: number; text: string } | undefined> {
  const url = `http://127.0.0.1:${port}${path}`;
  const headers = apiToken === "" ? {} : { "dapr-api-token": apiToken };
  const limit = { clock: systemClock, timeoutMs: answerTimeoutMs };
  return await withinTime(limit, async (signal) => {
    const method = body === undefined ? "GET" : "POST";
    const init = { method, headers, signal } as const;
    const answer = await request(url, { ...init, body: body ?? null });
    return { status: answer.statusCode, text: await answer.body.text() };
  }).catch(() => undefined);
}
