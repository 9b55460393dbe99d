import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Document, YAMLParseError } from "yaml";
import { collect } from "../../base/collect.ts";
import { errorCodeOf } from "../../base/error-code.ts";
import { type ComponentResource, type Place, toComponent } from "./component-resource.ts";
import { type Finding, problem } from "./finding.ts";
import { readText } from "./read-text.ts";
import { yamlErrors } from "./yaml-errors.ts";

/** The content of YAML files. */
export interface Resources {
  /** Every Component of every type. */
  readonly components: readonly ComponentResource[];
  readonly findings: readonly Finding[];
}

/** A Component, or what is wrong with a folder, a file or a document. */
type Content = ComponentResource | Finding;

/** daprd reads a larger document without end, until its memory is used up (tried on 1.18.2). */
const maxDocumentBytes = 64 * 1024;

/** Reads the YAML files that daprd would load from these folders. `-` is standard input. */
export async function readResources(folders: readonly string[]): Promise<Resources> {
  const contents = [...new Set(folders)].map((folder) => collect(readFolder(folder)));
  return toResources((await Promise.all(contents)).flat());
}

/**
 * Reads the Components of one file. A document that is broken becomes a finding.
 *
 * @param text one or more YAML documents
 */
export async function parseResources(file: string, text: string): Promise<Resources> {
  return toResources(await collect(parse({ file, folder: "." }, text)));
}

function toResources(contents: readonly Content[]): Resources {
  return {
    components: contents.filter((content) => "fields" in content),
    findings: contents.filter((content) => "level" in content),
  };
}

async function* readFolder(folder: string): AsyncIterable<Content> {
  if (folder === "-") {
    return yield* parse({ file: "standard input", folder }, await text(process.stdin));
  }
  const entries = await readdir(folder, { withFileTypes: true }).catch(errorCodeOf);
  if (typeof entries === "string") {
    return yield problem`resources: the folder ${folder} of --resources cannot be read: ${entries} -> name another folder`;
  }
  const files = entries.filter((entry) => !entry.isDirectory() && /\.ya?ml$/.test(entry.name));
  if (files.length === 0) {
    yield problem`resources: the folder ${folder} of --resources holds no YAML file -> name another folder`;
  }
  for (const file of files.map(({ name }) => name).sort()) {
    const content = await readText(join(folder, file));
    if (typeof content === "string") yield* parse({ file, folder }, content);
    else yield problem`resources: ${file} ${content.reason} -> ${content.remedy}`;
  }
}

async function* parse(place: Place, text: string): AsyncIterable<Content> {
  // Loaded here, because no other command reads YAML.
  const { parseAllDocuments } = await import("yaml");
  // The library's own warnings quote the line, which may hold a secret.
  const options = { merge: true, logLevel: "error" } as const;
  const documents = bounded(() => [...parseAllDocuments(text, options)]);
  if (typeof documents === "string") return yield broken(place.file, documents);
  if (text.split("\n---").some((part) => Buffer.byteLength(part) >= maxDocumentBytes)) {
    yield problem`yaml: ${place.file} has a document of 64 KiB or more, on which daprd never ends when it starts -> shorten it`;
  }
  for (const document of documents) yield* readDocument(place, document);
}

function* readDocument(place: Place, document: Document): Iterable<Content> {
  const error = document.errors.find(({ code }) => code !== "DUPLICATE_KEY");
  if (error !== undefined) return yield broken(whereOf(place, error), yamlErrors[error.code]);
  const content = bounded(() => ({ value: document.toJS() }));
  if (typeof content === "string") return yield broken(place.file, content);
  yield* toComponent(place, content.value);
  for (const twice of document.errors) {
    yield problem`yaml: ${whereOf(place, twice)}: ${yamlErrors.DUPLICATE_KEY} -> remove it; daprd takes the last`;
  }
}

function broken(where: string, flaw: string): Finding {
  return problem`yaml: ${where}: ${flaw} -> correct the YAML; daprd skips it`;
}

function whereOf({ file }: Place, { linePos }: YAMLParseError): string {
  return linePos === undefined ? file : `${file}, line ${linePos[0].line}`;
}

/** What was read, or the flaw of a text that nests or repeats without end. */
function bounded<T extends object>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return "a document is nested too deep";
    if (!(error instanceof ReferenceError)) throw error;
    return `${yamlErrors.BAD_ALIAS}, or aliases repeat too much`;
  }
}
