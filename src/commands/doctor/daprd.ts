import { isObject, objectIn, objectsIn, parseJson } from "../../base/json.ts";
import { ask } from "./ask.ts";
import { type Finding, skipped, warning } from "./finding.ts";

/** Where daprd's HTTP API listens on this machine. */
export interface DaprdAddress {
  readonly port: number;
  /** Value of `DAPR_API_TOKEN`; empty if daprd asks for none. */
  readonly apiToken: string;
}

/** A component that daprd has loaded. */
export interface LoadedComponent {
  readonly name: string;
  /** In lower case. */
  readonly type: string;
}

/** What a running daprd says of itself. */
export interface RunningDaprd extends DaprdAddress {
  readonly appId: string;
  readonly version: string;
  /** Its components of every type. */
  readonly components: readonly LoadedComponent[];
  /** Whether daprd can call the app. */
  readonly hasAppPort: boolean;
}

/** Asks the daprd of this machine for its version and its components, or says why there is none. */
export async function readDaprd(address: DaprdAddress): Promise<RunningDaprd | Finding> {
  const { port } = address;
  const answer = await call(address, "metadata");
  if (answer === undefined) {
    return skipped`daprd: no daprd is reachable on port ${port}, so it was not checked`;
  }
  if (answer.status === 401) {
    return warning`daprd: daprd on port ${port} asks for an API token -> set DAPR_API_TOKEN as the app has it`;
  }
  const metadata = parseJson(answer.text);
  if (!isObject(metadata) || typeof metadata.runtimeVersion !== "string") {
    return warning`daprd: the program that answers on port ${port} is not daprd -> name its port in --dapr-http-port`;
  }
  return {
    ...address,
    appId: String(metadata.id),
    version: metadata.runtimeVersion,
    components: objectsIn(metadata, "components").map(({ name, type }) => ({
      name: String(name),
      type: String(type).toLowerCase(),
    })),
    hasAppPort: Number(objectIn(metadata, "appConnectionProperties").port ?? 0) > 0,
  };
}

/** The last daprd that cannot pass traced gRPC calls on to any component of its own process. */
const lastUntraced = "1.18.3";

/**
 * Warns of a daprd that loses traced gRPC calls. Releases without a number, such as edge, are newer.
 *
 * @see https://github.com/dapr/dapr/pull/10387
 */
export function* checkTracedCalls({ version }: Pick<RunningDaprd, "version">): Iterable<Finding> {
  const [number] = /^\d+\.\d+\.\d+/.exec(version) ?? [];
  if (number === undefined) return;
  if (number.localeCompare(lastUntraced, "en", { numeric: true }) > 0) return;
  yield warning`traced-calls: daprd ${version} refuses gRPC calls of InvokeBinding that carry the header grpc-trace-bin, as the SDKs of Java and .NET send while a trace is active -> update daprd to a later release than ${lastUntraced}, call over HTTP, or leave the header out`;
}

/**
 * The component's operations as daprd knows them. daprd names them when it refuses an operation
 * that is not among them. daprd refuses by itself, so no binding hears of the request.
 */
export async function offeredOperations(
  daprd: DaprdAddress,
  name: string,
): Promise<string | undefined> {
  const path = `bindings/${encodeURIComponent(name)}`;
  const answer = await call(daprd, path, '{"operation":"offered-to-nobody"}');
  const value = parseJson(answer?.text ?? "");
  const message = isObject(value) ? String(value.message) : "";
  return /supported operations: ?(.*)$/.exec(message)?.[1];
}

/** daprd's answer to a GET, or to a POST if there is a body. */
function call(
  { port, apiToken }: DaprdAddress,
  path: string,
  body?: string,
): ReturnType<typeof ask> {
  return ask(`http://127.0.0.1:${port}/v1.0/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: apiToken === "" ? {} : { "dapr-api-token": apiToken },
    ...(body !== undefined && { body }),
  });
}
