import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { errorCodeOf } from "../../base/error-code.ts";
import { isObject } from "../../base/json.ts";
import { type Finding, problem } from "./finding.ts";

/** A field of `spec.metadata`. */
export interface ComponentField {
  readonly name: string;
  /** The text that daprd passes on; undefined if daprd reads it from a secret store or variable. */
  readonly value: string | undefined;
}

/** The parts of a Component resource that the doctor checks. */
export interface ComponentResource {
  readonly file: string;
  readonly name: string;
  /** In lower case, because daprd compares types in lower case. */
  readonly type: string;
  readonly version: string;
  readonly fields: readonly ComponentField[];
}

/** The content of YAML files. */
export interface Resources {
  /** Every Component of every type. */
  readonly components: readonly ComponentResource[];
  readonly findings: readonly Finding[];
}

/** Reads the YAML files that daprd would load from these folders. */
export async function readResources(folders: readonly string[]): Promise<Resources> {
  const all = await Promise.all(folders.map(readFolder));
  return {
    components: all.flatMap(({ components }) => components),
    findings: all.flatMap(({ findings }) => findings),
  };
}

async function readFolder(folder: string): Promise<Resources> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(errorCodeOf);
  if (typeof entries === "string") {
    const message = `the folder ${folder} of --resources cannot be read: ${entries}`;
    return { components: [], findings: [problem("resources", message, "name another folder")] };
  }
  const files = entries
    .filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name))
    .map(({ name }) => name)
    .sort();
  if (files.length === 0) {
    const message = `the folder ${folder} of --resources holds no YAML file`;
    return { components: [], findings: [problem("resources", message, "name another folder")] };
  }
  const contents = await Promise.all(files.map((file) => readYamlFile(folder, file)));
  return {
    components: contents.flatMap(({ components }) => components),
    findings: contents.flatMap(({ findings }) => findings),
  };
}

async function readYamlFile(folder: string, file: string): Promise<Resources> {
  const text = await readFile(join(folder, file), "utf8").catch(
    (error: unknown) => new Error(errorCodeOf(error)),
  );
  if (text instanceof Error) {
    const finding = problem("resources", `${file} cannot be read: ${text.message}`, "chmod o+r");
    return { components: [], findings: [finding] };
  }
  return await parseResources(file, text);
}

/**
 * Reads the Components of one file. A document that is broken becomes a finding.
 *
 * @param text one or more YAML documents
 */
export async function parseResources(file: string, text: string): Promise<Resources> {
  // Loaded here, because no other command reads YAML.
  const { parseAllDocuments } = await import("yaml");
  const components: ComponentResource[] = [];
  const findings: Finding[] = [];
  for (const document of parseAllDocuments(text)) {
    const [error] = document.errors;
    if (error === undefined) {
      const component = toComponent(file, document.toJS());
      if (component !== undefined) components.push(component);
      continue;
    }
    // The parser's message quotes the line, which may hold a secret.
    const line = error.linePos?.[0].line;
    const where = line === undefined ? file : `${file}, line ${line}`;
    findings.push(problem("yaml", `${where}: ${error.code}`, "correct the YAML; daprd skips it"));
  }
  return { components, findings };
}

function toComponent(file: string, document: unknown): ComponentResource | undefined {
  if (!isObject(document) || document.kind !== "Component") return undefined;
  const spec = isObject(document.spec) ? document.spec : {};
  const metadata = isObject(document.metadata) ? document.metadata : {};
  const items: unknown[] = Array.isArray(spec.metadata) ? spec.metadata : [];
  return {
    file,
    name: String(metadata.name ?? ""),
    type: String(spec.type ?? "").toLowerCase(),
    version: String(spec.version ?? ""),
    fields: items.filter(isObject).map((item) => ({
      name: String(item.name ?? ""),
      value: toValue(item),
    })),
  };
}

/** daprd passes strings on unchanged and other values as JSON. */
function toValue({ value, secretKeyRef, envRef }: Readonly<Record<string, unknown>>) {
  if (isObject(secretKeyRef) || (typeof envRef === "string" && envRef !== "")) return undefined;
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
