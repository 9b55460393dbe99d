import { cp, mkdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { Context, listFiles } from "./context.ts";
import {
  type Command,
  type Instruction,
  parseCommand,
  parseDockerfile,
  parsePairs,
} from "./dockerfile.ts";
import { Image, start } from "./image.ts";

/** A built Dockerfile. */
export interface Build {
  /** The last stage. */
  readonly image: Image;
  readonly stages: ReadonlyMap<string, Image>;
}

/**
 * Builds a project's Dockerfile as a container engine does, each stage in a folder in place of `/`.
 *
 * @throws {Error} for an instruction that the engine does not know
 */
export async function buildImage(project: string, folder: string): Promise<Build> {
  const context = await Context.open(project);
  const stages = new Map<string, Image>();
  let image = new Image(folder);
  for (const instruction of parseDockerfile(await readFile(join(project, "Dockerfile"), "utf8"))) {
    if (instruction.name === "FROM") {
      const name = stageName(instruction);
      image = new Image(join(folder, name));
      stages.set(name, image);
      await mkdir(image.locate("/tmp"), { recursive: true });
    } else await execute(instruction, { image, stages, context });
  }
  return { image, stages };
}

function stageName({ text }: Instruction): string {
  const match = /^node:[\w.-]+(?: AS ([a-z]+))?$/.exec(text);
  if (match === null) throw new Error(`no image of Node: FROM ${text}`);
  return match[1] ?? "final";
}

interface Step extends Build {
  readonly context: Context;
}

async function execute(instruction: Instruction, step: Step): Promise<void> {
  const { image } = step;
  const { name, text } = instruction;
  if (name === "WORKDIR") {
    image.workdir = text;
    await mkdir(image.locate(text), { recursive: true });
  } else if (name === "COPY") await copy(instruction, step);
  else if (name === "RUN") await runInShell(text, image);
  else if (name === "ENV") Object.assign(image.env, parsePairs(text));
  else if (name === "LABEL") Object.assign(image.labels, parsePairs(text));
  else if (name === "USER") image.user = text;
  else if (name === "HEALTHCHECK") image.healthcheck = withoutShell(text.replace(/^CMD /, ""));
  else if (name === "ENTRYPOINT") image.entrypoint = withoutShell(text);
  else if (name === "CMD") image.command = withoutShell(text);
  else throw new Error(`not known in a Dockerfile: ${name}`);
}

async function copy(instruction: Instruction, { image, stages, context }: Step): Promise<void> {
  const { from, ...others } = instruction.flags;
  if (Object.keys(others).length > 0) throw new Error(`flags of COPY: ${Object.keys(others)}`);
  const stage = from === undefined ? undefined : stages.get(from);
  if (from !== undefined && stage === undefined) throw new Error(`no stage: ${from}`);
  const words = parseCommand(instruction.text).words;
  const target = words.at(-1) ?? "";
  for (const source of words.slice(0, -1)) {
    const path = stage?.locate(source) ?? context.locate(source);
    const files = stage === undefined ? await context.list(source) : await listFiles(path);
    if (files.length === 0) throw new Error(`nothing to copy: ${source}`);
    await copyFiles(path, files, image.locate(target));
  }
  image.layers.push(target);
}

/** Copies a file into a target that ends in a slash, and of a folder its content. */
async function copyFiles(source: string, files: readonly string[], target: string): Promise<void> {
  for (const file of files) {
    const name = relative(source, file) || (target.endsWith("/") ? basename(file) : "");
    const to = join(target, name);
    await mkdir(dirname(to), { recursive: true });
    await cp(file, to, { verbatimSymlinks: true });
  }
}

async function runInShell(text: string, image: Image): Promise<void> {
  const { exit, output } = await start(image, ["/bin/sh", "-c", text]).ended;
  if (exit !== 0) throw new Error(`RUN ${text} ended with ${exit}:\n${output}`);
}

function withoutShell(text: string): readonly string[] {
  const { words, isExec }: Command = parseCommand(text);
  if (!isExec) throw new Error(`needs a shell: ${text}`);
  return words;
}
