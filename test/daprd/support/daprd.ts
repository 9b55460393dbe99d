import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { daprdPath } from "../build.mjs";
import type { App } from "./app.ts";
import { type Child, startChild, untilOrExit } from "./child.ts";
import type { Place } from "./place.ts";
import { freePort } from "./ports.ts";

/** How a daprd is started. */
export interface DaprdOptions {
  readonly place: Place;
  readonly appId?: string;
  readonly app?: Pick<App, "port">;
  /** The port of daprd's HTTP API. If unset, a free one. */
  readonly httpPort?: number;
  /** Checks the health of the app every second. One failure makes the app unhealthy. */
  readonly appHealthCheck?: boolean;
  /** A Configuration resource as YAML. If unset, daprd runs without one. */
  readonly configuration?: string;
  /** Port of the gRPC API. If unset, a free one. */
  readonly grpcPort?: number;
}

/** What daprd's HTTP API answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A running daprd, and calls of its HTTP API. */
export interface Daprd extends Child {
  /** Sends what `curl HOST/v1.0/bindings/NAME -d BODY` sends. */
  invoke(binding: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** @param headers the app's own, such as a traceparent */
  create(binding: string, data: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(binding: string, data: unknown): Promise<Answer>;
}

/** Starts a daprd and waits until it answers. */
export async function startDaprd(options: DaprdOptions): Promise<Daprd> {
  const port = options.httpPort ?? (await freePort());
  const daprd = await spawnDaprd(options, port);
  const api = `http://127.0.0.1:${port}/v1.0`;
  await untilOrExit(daprd.exit, () => isReady(api), "daprd does not become ready");
  const invoke = (
    binding: string,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => post(`${api}/bindings/${binding}`, JSON.stringify(body), headers);
  return {
    ...daprd,
    invoke,
    create: (binding, data, headers) => invoke(binding, { operation: "create", data }, headers),
    get: (binding, data) => invoke(binding, { operation: "get", data }),
  };
}

async function isReady(api: string): Promise<boolean> {
  return await fetch(`${api}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function post(
  url: string,
  body: string,
  own: Readonly<Record<string, string>>,
): Promise<Answer> {
  const curls = { "content-type": "application/x-www-form-urlencoded", ...own };
  const response = await fetch(url, { method: "POST", headers: curls, body });
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}

/** Starts a daprd and does not wait for it. */
export async function spawnDaprd(options: DaprdOptions, httpPort?: number): Promise<Child> {
  const { place, appId = "test" } = options;
  return startChild({
    name: `daprd of ${appId}`,
    command: builtDaprd(),
    args: [
      ...["--mode", "standalone", "--app-id", appId, "--resources-path", place.resources],
      ...["--dapr-http-port", String(httpPort ?? (await freePort()))],
      ...["--dapr-grpc-port", String(options.grpcPort ?? (await freePort()))],
      ...["--dapr-internal-grpc-port", String(await freePort())],
      ...["--dapr-listen-addresses", "127.0.0.1"],
      ...["--dapr-internal-grpc-listen-address", "127.0.0.1"],
      ...["--enable-metrics=false", "--dapr-graceful-shutdown-seconds", "1"],
      ...appArgs(options),
      ...(await configArgs(options)),
    ],
    env: { DAPR_HOST_IP: "127.0.0.1", DAPR_COMPONENTS_SOCKETS_FOLDER: place.sockets },
    cwd: place.folder,
  });
}

function appArgs({ app, appHealthCheck = false }: DaprdOptions): string[] {
  if (app === undefined) return [];
  const port = ["--app-port", String(app.port), "--app-channel-address", "127.0.0.1"];
  if (!appHealthCheck) return port;
  const probe = ["--app-health-probe-interval", "1", "--app-health-threshold", "1"];
  return [...port, "--enable-app-health-check", ...probe];
}

async function configArgs({ place, configuration }: DaprdOptions): Promise<string[]> {
  if (configuration === undefined) return [];
  const file = join(place.folder, "configuration.yaml");
  await writeFile(file, configuration);
  return ["--config", file];
}

function builtDaprd(): string {
  const path = daprdPath();
  if (existsSync(path)) return path;
  throw new Error(`there is no ${path}; node test/daprd/build.mjs builds it`);
}
