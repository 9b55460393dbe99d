import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Finding } from "../../../../src/commands/doctor/finding.ts";
import { runToEnd } from "../../../support/process.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

/** No program listens on this port, because it is reserved. */
const noDaprd = "1";

/** The result of one run of the doctor. */
export interface Examination {
  readonly exit: number | string;
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** The findings of one check. */
  of(check: string): readonly Finding[];
  /** The checks that found a problem. */
  readonly problems: readonly string[];
}

/** Runs the doctor to its end. */
export async function examine(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): Promise<Examination> {
  const port = args.includes("--dapr-http-port") ? [] : ["--dapr-http-port", noDaprd];
  const { exit, stdout } = await runToEnd(["doctor", "--json", ...port, ...args], env);
  const { ok, findings }: { ok: boolean; findings: Finding[] } = JSON.parse(stdout);
  const found = findings.filter(({ level }) => level === "problem").map(({ check }) => check);
  return {
    exit,
    ok,
    findings,
    of: (check) => findings.filter((finding) => finding.check === check),
    problems: [...new Set(found)].sort(),
  };
}

/** The environment of an empty socket folder. */
export async function emptyFolder(): Promise<{
  folder: string;
  env: { DAPR_COMPONENTS_SOCKETS_FOLDER: string };
}> {
  const folder = await tempFolder();
  return { folder, env: { DAPR_COMPONENTS_SOCKETS_FOLDER: folder } };
}

/** The value of a field, or the place that daprd reads it from. */
export type FieldSource =
  | string
  | number
  | { readonly secretKeyRef: object }
  | { readonly envRef: string };

/** A Component as its YAML says it. */
export interface Declared {
  readonly name?: string;
  readonly kind?: string;
  readonly type?: string;
  readonly version?: string;
  /** The value of `auth.secretStore`. */
  readonly secretStore?: string;
  /** The fields of `spec.metadata`. */
  readonly metadata: Readonly<Record<string, FieldSource>>;
}

/** The YAML of a Component. */
export function yamlOf(declared: Declared): string {
  const { name = "robot", kind = "Component", secretStore } = declared;
  const { type = "bindings.dingtalk.webhook", version = "v1" } = declared;
  const metadata = Object.entries(declared.metadata).map(([field, source]) =>
    typeof source === "object" ? { name: field, ...source } : { name: field, value: source },
  );
  return stringify({
    apiVersion: "dapr.io/v1alpha1",
    kind,
    metadata: { name },
    spec: { type, version, metadata },
    ...(secretStore !== undefined && { auth: { secretStore } }),
  });
}

/** A folder for `--resources` with one component. */
export async function resourcesOf(
  metadata: Declared["metadata"],
  options: Pick<Declared, "type" | "version"> = {},
): Promise<string> {
  return await resourcesFrom(yamlOf({ ...options, metadata }));
}

/** A folder for `--resources` with one file. */
export async function resourcesFrom(text: string, file = "robot.yaml"): Promise<string> {
  const folder = join(await tempFolder(), "r");
  await mkdir(folder);
  await writeFile(join(folder, file), text);
  return folder;
}
