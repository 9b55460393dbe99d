import { connect } from "node:net";
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { errorCodeOf } from "../../base/error-code.ts";
import { loadBindings } from "../../dapr/bindings-proto.ts";
import { programName } from "../../sidecar/program.ts";
import { askHealth, ownChannel } from "../health-client.ts";

/** Who answers on a socket. */
export type Listener =
  | "ours"
  /** Another Dapr component. */
  | "component"
  /** No process listens. */
  | "stale"
  /** The file system does not let this process connect. */
  | "refused"
  /** Takes the connection and never answers daprd's question for services. */
  | "mute"
  /** Answers, but not with the services of a component. */
  | "foreign"
  /** The question failed on this side, so nobody knows. */
  | "unknown";

/** Time in which also a component that is starting answers. daprd itself waits for ever. */
const answerTimeoutMs = 2000;

/** Asks what daprd asks when it starts, then whether the process is ours. Changes nothing. */
export async function probeSocket(path: string): Promise<Listener> {
  const code = await connectCode(path);
  if (code === "EACCES" || code === "EPERM") return "refused";
  if (code === "ECONNREFUSED") return "stale";
  if (code !== undefined) return "unknown";
  const services = await listServices(path);
  if (typeof services === "string") return services;
  if (!services.includes("dapr.proto.components.v1.")) return "foreign";
  return (await isOurs(path)) ? "ours" : "component";
}

/** Only this program has a health service of its own name. */
async function isOurs(path: string): Promise<boolean> {
  const { status } = await askHealth(path, { service: programName, timeoutMs: answerTimeoutMs });
  return status !== undefined;
}

/**
 * Asks our process behind a socket which operations daprd hears of when it loads a component.
 * Returns undefined if no process of ours answers, or if no daprd has loaded the component from it.
 */
export async function operationsOf(
  path: string,
  instance: string,
): Promise<readonly string[] | undefined> {
  return (await isOurs(path)) ? await listOperations(path, instance) : undefined;
}

function connectCode(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const connection = connect(path, () => {
      connection.destroy();
      resolve(undefined);
    });
    connection.on("error", (error) => resolve(errorCodeOf(error)));
  });
}

/** ServerReflectionRequest{list_services: ""}: field 7, an empty string. */
const listRequest = Buffer.from([0x3a, 0x00]);

/**
 * The answer to daprd's question for services, undecoded: names stand in it as they are. By
 * v1alpha, the only version that daprd asks with.
 */
function listServices(path: string): Promise<Buffer | "mute" | "foreign"> {
  const client = new Client(`unix:${path}`, credentials.createInsecure(), ownChannel);
  const asIs = (bytes: Buffer): Buffer => bytes;
  const call = client.makeBidiStreamRequest(
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    asIs,
    asIs,
    new Metadata(),
    { deadline: Date.now() + answerTimeoutMs },
  );
  return new Promise<Buffer | "mute" | "foreign">((resolve) => {
    call.on("data", resolve);
    call.on("error", () => {});
    call.on("status", ({ code }) => {
      // What is no HTTP/2 at all is UNAVAILABLE; daprd tries it again and again.
      resolve([status.DEADLINE_EXCEEDED, status.UNAVAILABLE].includes(code) ? "mute" : "foreign");
    });
    call.write(listRequest);
  }).finally(() => {
    call.cancel();
    client.close();
  });
}

/** Has no effect. Is refused for an instance that was never loaded. */
function listOperations(path: string, instance: string): Promise<readonly string[] | undefined> {
  const { OutputBinding } = loadBindings().grpcTypes.dapr.proto.components.v1;
  const client = new OutputBinding(`unix:${path}`, credentials.createInsecure(), ownChannel);
  const header = new Metadata();
  header.set("x-component-instance", instance);
  const options = { deadline: Date.now() + answerTimeoutMs };
  return new Promise<readonly string[] | undefined>((resolve) => {
    client.ListOperations({}, header, options, (_error, answer) => resolve(answer?.operations));
  }).finally(() => client.close());
}
