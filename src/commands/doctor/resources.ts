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

/** Reads the YAML files that daprd would load from these folders. `-` is standard input. */
export async function readResources(folders: readonly string[]): Promise<Resources> {
  const texts = await Promise.all([...new Set(folders)].map(readFolder));
  return merge(
    await Promise.all(
      texts
        .flat()
        .map((one) => ("text" in one ? parseResources(one.file, one.text, one.folder) : only(one))),
    ),
  );
}

/** The text of a file, or why there is none. */
type Source = { readonly file: string; readonly folder: string; readonly text: string } | Finding;

async function readFolder(folder: string): Promise<Source[]> {
  if (folder === "-") return [{ file: "standard input", folder, text: await text(process.stdin) }];
  const entries = await readdir(folder, { withFileTypes: true }).catch(errorCodeOf);
  if (typeof entries === "string") {
    return [
      problem`resources: the folder ${folder} of --resources cannot be read: ${entries} -> name another folder`,
    ];
  }
  const files = entries.filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name));
  if (files.length === 0) {
    return [
      problem`resources: the folder ${folder} of --resources holds no YAML file -> name another folder`,
    ];
  }
  const names = files.map(({ name }) => name).sort();
  return await Promise.all(names.map((file) => readSource(folder, file)));
}

async function readSource(folder: string, file: string): Promise<Source> {
  const content = await readText(join(folder, file));
  if (typeof content === "string") return { file, folder, text: content };
  return problem`resources: ${file} ${content.reason} -> ${content.remedy}`;
}

function merge(all: readonly Resources[]): Resources {
  return {
    components: all.flatMap(({ components }) => components),
    findings: all.flatMap(({ findings }) => findings),
  };
}

function only(finding: Finding): Resources {
  return { components: [], findings: [finding] };
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
  const isTooLarge = text
    .split("\n---")
    .some((part) => Buffer.byteLength(part) >= maxDocumentBytes);
  return merge([
    ...(isTooLarge ? [only(tooLarge(file))] : []),
    ...documents.map((document) => readDocument({ file, folder }, document)),
  ]);
}

function readDocument(place: { file: string; folder: string }, document: Document): Resources {
  const { file } = place;
  const error = document.errors.find(({ code }) => code !== "DUPLICATE_KEY");
  if (error !== undefined) {
    return only(yamlFinding(file, error, "correct the YAML; daprd skips it"));
  }
  const content = bounded(() => ({ value: document.toJS() }));
  if (content instanceof Error) return only(unreadable(file, content));
  return {
    components: toComponent(place, content.value),
    findings: document.errors.map((one) =>
      yamlFinding(file, one, "remove it; daprd takes the last"),
    ),
  };
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
