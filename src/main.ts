#!/usr/bin/env node
import { didYouMean, UsageError } from "./base/usage-error.ts";
import { version } from "./base/version.ts";
import type { Command } from "./commands/command.ts";

/** Each command is loaded only when it runs, because most of a start is loading. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./commands/serve.ts")).serveCommand,
  sandbox: loadSandbox,
  healthcheck: async () => (await import("./commands/healthcheck.ts")).healthcheckCommand,
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand,
  send: async () => (await import("./commands/send.ts")).sendCommand,
  record: async () => (await import("./commands/record.ts")).recordCommand,
};

/** The sandbox is a bundle of its own, which the sidecar's image does not hold. */
async function loadSandbox(): Promise<Command> {
  try {
    return (await import("#sandbox")).sandboxCommand;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return missingSandbox;
  }
}

const missingSandbox: Command = {
  summary: "play DingTalk robots for tests; not part of this image",
  help: "Build the image that holds the sandbox with docker build --target sandbox.",
  async run() {
    throw new UsageError(
      "this image does not hold the sandbox; build the one that does with docker build --target sandbox",
    );
  },
};

async function main(args: readonly string[]): Promise<number> {
  const [first = "serve", ...rest] = args;
  const options = args.slice(0, args.includes("--") ? args.indexOf("--") : undefined);
  const [helpFor] = first === "help" ? rest.filter((arg) => !arg.startsWith("-")) : [];
  if (["--version", "version"].includes(first)) return print(version);
  if (["--help", "-h", "help"].includes(first) && helpFor === undefined) {
    return print(await overview());
  }
  if (helpFor !== undefined) return print((await loadCommand(helpFor)).help);
  const isOption = first.startsWith("-");
  const command = await loadCommand(isOption ? "serve" : first);
  if (options.includes("--help") || options.includes("-h")) return print(command.help);
  if (options.includes("--version")) return print(version);
  if (command.reportsEnvironment !== true) {
    (await import("./commands/check-environment.ts")).checkEnvironment(process.env);
  }
  return await command.run(isOption ? args : rest);
}

async function loadCommand(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return await load();
  const hint = didYouMean(name, Object.keys(commands)) || "; dingtalk-webhook help lists them all";
  throw new UsageError(`unknown command ${name}${hint}`);
}

async function overview(): Promise<string> {
  const lines = Object.entries(commands).map(async ([name, load]) => {
    return `  ${name.padEnd(12)}${(await load()).summary}`;
  });
  return `Usage: dingtalk-webhook [COMMAND] [OPTIONS]

A Dapr pluggable binding for DingTalk group robots, and its tools.

Commands:
${(await Promise.all(lines)).join("\n")}
  help        print this text; help COMMAND prints the text of that command
  version     print the version (${version})

  -h, --help  print this text, or after a command the text of that command
  --version   print the version
`;
}

function print(text: string): number {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return 0;
}

function fail(error: unknown): number {
  // The sandbox's bundle has a copy of the class UsageError.
  if (!(error instanceof Error && error.name === "UsageError")) throw error;
  process.stderr.write(`dingtalk-webhook: ${error.message}\n`);
  return 2;
}

// No top-level await, because the shipped bundle is CommonJS.
void main(process.argv.slice(2))
  .catch(fail)
  .then((code) => {
    process.exitCode = code;
  });
