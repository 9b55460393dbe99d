import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Document, YAMLParseError } from "yaml";
import { errorCodeOf } from "../../base/error-code.ts";
import { type ComponentResource, toComponent } from "./component-resource.ts";
import { type Finding, problem } from "./finding.ts";
import { readText } from "./read-text.ts";
import { yamlErrors } from "./yaml-errors.ts";

/** The content of YAML files. */
export interface Resources {
  /** Every Component of every type. */
  readonly components: readonly ComponentResource[];
  readonly findings: readonly Finding[];
}

/** daprd reads a larger document without end, until its memory is used up (tried on 1.18.2). */
const maxDocumentBytes = 64 * 1024;

/** Reads the YAML files that daprd would load from these folders. */
export async function readResources(folders: readonly string[]): Promise<Resources> {
  const readOne = async (folder: string): Promise<Resources> =>
    folder === "-"
      ? await parseResources("standard input", await text(process.stdin))
      : await readFolder(folder);
  return merge(await Promise.all([...new Set(folders)].map(readOne)));
}

function merge(all: readonly Resources[]): Resources {
  return {
    components: all.flatMap(({ components }) => components),
    findings: all.flatMap(({ findings }) => findings),
  };
}

async function readFolder(folder: string): Promise<Resources> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(errorCodeOf);
  if (typeof entries === "string") {
    return only(
      problem`resources: the folder ${folder} of --resources cannot be read: ${entries} -> name another folder`,
    );
  }
  const files = entries
    .filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name))
    .map(({ name }) => name)
    .sort();
  if (files.length === 0) {
    return only(
      problem`resources: the folder ${folder} of --resources holds no YAML file -> name another folder`,
    );
  }
  const contents = await Promise.all(files.map((file) => readYamlFile(folder, file)));
  return merge(contents);
}

function only(finding: Finding): Resources {
  return { components: [], findings: [finding] };
}

async function readYamlFile(folder: string, file: string): Promise<Resources> {
  const content = await readText(join(folder, file));
  if (typeof content === "string") return await parseResources(file, content, folder);
  return only(problem`resources: ${file} ${content.reason} -> ${content.remedy}`);
}

/**
 * Reads the Components of one file. A document that is broken becomes a finding.
 *
 * @param text one or more YAML documents
 * @param folder where the file lies
 */
export async function parseResources(file: string, text: string, folder = "."): Promise<Resources> {
  // Loaded here, because no other command reads YAML.
  const { parseAllDocuments } = await import("yaml");
  const documents = bounded(() => [...parseAllDocuments(text, { merge: true })]);
  if (documents instanceof Error) return only(unreadable(file, documents));
  return merge([
    ...(text.split("\n---").some((part) => Buffer.byteLength(part) >= maxDocumentBytes)
      ? [only(tooLarge(file))]
      : []),
    ...documents.map((document) => readDocument({ file, folder }, document)),
  ]);
}

function readDocument(place: { file: string; folder: string }, document: Document): Resources {
  const { file } = place;
  const repeated = document.errors.filter(({ code }) => code === "DUPLICATE_KEY");
  const error = document.errors.find(({ code }) => code !== "DUPLICATE_KEY");
  if (error === undefined) {
    const content = bounded(() => ({ value: document.toJS() }));
    if (content instanceof Error) return only(unreadable(file, content));
    const component = toComponent(place, content.value);
    const findings = repeated.map((one) =>
      yamlFinding(file, one, "remove it; daprd takes the last"),
    );
    return { components: component === undefined ? [] : [component], findings };
  }
  return only(yamlFinding(file, error, "correct the YAML; daprd skips it"));
}

function yamlFinding(file: string, error: YAMLParseError, remedy: string): Finding {
  const line = error.linePos?.[0].line;
  const where = line === undefined ? file : `${file}, line ${line}`;
  return problem`yaml: ${where}: ${yamlErrors[error.code]} -> ${remedy}`;
}

/** The parser throws these errors for a text that nests or repeats without end. */
function bounded<T>(read: () => T): T | RangeError | ReferenceError {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError || error instanceof ReferenceError) return error;
    throw error;
  }
}

function unreadable(file: string, error: RangeError | ReferenceError): Finding {
  const reason =
    error instanceof RangeError
      ? "a document is nested too deep"
      : `${yamlErrors.BAD_ALIAS}, or aliases repeat too much`;
  return problem`yaml: ${file}: ${reason} -> correct the YAML; daprd skips it`;
}

function tooLarge(file: string): Finding {
  return problem`yaml: ${file} has a document of 64 KiB or more, on which daprd never ends when it starts -> shorten it`;
}
