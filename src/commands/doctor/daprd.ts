import { request } from "undici";
import { isObject, type JsonObject, parseJson } from "../../base/json.ts";
import { type SocketPlan, socketPath } from "../../dapr/sockets.ts";
import { serves } from "./components.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { operationsOf } from "./socket-probe.ts";

/** Where daprd's HTTP API is. */
export interface DaprdAddress {
  readonly port: number;
  /** What `DAPR_API_TOKEN` has; empty without one. */
  readonly apiToken: string;
}

interface LoadedComponent {
  readonly name: string;
  readonly type: string;
}

const answerTimeoutMs = 3000;

/** What the built-in binding offers. Ours offers the same in another order, see `WebhookBinding`. */
const builtInOperations = "create get";

/** Version of a running daprd, and for each of its DingTalk components who serves it. */
export async function checkDaprd(daprd: DaprdAddress, plan: SocketPlan): Promise<Finding[]> {
  const answer = await call(daprd, "GET", "/v1.0/metadata");
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
    const message = `what answers on port ${daprd.port} is no daprd`;
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
      `daprd does not have ${component.name} from this dingtalk-webhook: it serves it itself, or dingtalk-webhook was restarted since`,
      "restart daprd while dingtalk-webhook runs; DINGTALK_STATE_FILE spares that after later restarts",
    );
  }
  // Without daprd's own word, our process may know the name from another daprd or its state file.
  const isCertain = daprds !== undefined && daprds !== builtInOperations;
  return isCertain
    ? ok("served-by", `daprd has ${component.name} from dingtalk-webhook`)
    : ok("served-by", `dingtalk-webhook was told of ${component.name} by a daprd on its folder`);
}

/**
 * What daprd was told that the component can do. It names that when it refuses an operation which
 * is not among it, by itself: neither kind of binding hears of it.
 */
async function offeredOperations(daprd: DaprdAddress, name: string): Promise<string | undefined> {
  const path = `/v1.0/bindings/${encodeURIComponent(name)}`;
  const answer = await call(daprd, "POST", path, '{"operation":"offered-to-nobody"}');
  const value = parseJson(answer?.text ?? "");
  const message = isObject(value) ? String(value.message) : "";
  return /supported operations: ?(.*)$/.exec(message)?.[1];
}

async function call(
  { port, apiToken }: DaprdAddress,
  method: "GET" | "POST",
  path: string,
  body: string | null = null,
): Promise<{ status: number; text: string } | undefined> {
  try {
    const answer = await request(`http://127.0.0.1:${port}${path}`, {
      method,
      body,
      headers: apiToken === "" ? {} : { "dapr-api-token": apiToken },
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    return { status: answer.statusCode, text: await answer.body.text() };
  } catch {
    // Whatever stands in the way, nothing can be asked.
    return undefined;
  }
}
