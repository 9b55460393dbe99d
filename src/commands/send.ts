import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { systemClock } from "../base/clock.ts";
import { errorCodeOf } from "../base/error-code.ts";
import { UsageError } from "../base/usage-error.ts";
import { version } from "../base/version.ts";
import { toBindingError } from "../binding/failures.ts";
import type { Binding, InvokeRequest } from "../dapr/binding.ts";
import { BindingError } from "../dapr/errors.ts";
import { Readers } from "../dapr/readers.ts";
import { readMessageObject, readUtf8 } from "../dingtalk/message-data.ts";
import { readConfig } from "../sidecar/environment.ts";
import { createBindingFactory, errorDomain } from "../sidecar/sidecar.ts";
import { createLog } from "../telemetry/log.ts";
import { type Command, parseOptions } from "./command.ts";
import { findTitle } from "./markdown-file.ts";

const help = `Usage: dingtalk-webhook send [OPTIONS] TEXT
       dingtalk-webhook send [OPTIONS] --markdown FILE
       dingtalk-webhook send [OPTIONS] --json FILE|-

Sends one message as the operation create does, without daprd, and prints errcode and errmsg. If the
message is not sent, prints the error that an app would get and exits with 1.

The robot, from an option, else a file, else the environment:
  --url URL           webhook address
  --url-file FILE     file with the webhook address
  --secret SECRET     signing secret
  --secret-file FILE  file with the signing secret
  ROBOT_URL, ROBOT_SECRET
                      address and secret in the environment; like files, they do not appear in the
                      shell's history

The message:
  TEXT                a text message; write -- before a text that begins with a dash
  --markdown FILE     a markdown message; its title is the first heading, else the file's name
  --json FILE|-       a message in DingTalk's JSON, from a file or standard input
  --at-mobiles LIST   mobile numbers to mention, comma-separated
  --at-user-ids LIST  user ids to mention, comma-separated
  --at-all            mention everybody

HTTP_PROXY, HTTPS_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS work as for dingtalk-webhook serve.
`;

const optionTypes = {
  url: { type: "string" },
  "url-file": { type: "string" },
  secret: { type: "string" },
  "secret-file": { type: "string" },
  markdown: { type: "string" },
  json: { type: "string" },
  "at-mobiles": { type: "string" },
  "at-user-ids": { type: "string" },
  "at-all": { type: "boolean" },
} as const;

type Options = ReturnType<typeof parseOptions<typeof optionTypes>>;

/** Sends one message from the command line through the same code as a message of an app. */
export const sendCommand: Command = {
  summary: "send one message to a robot",
  help,
  async run(args) {
    const { options, texts } = readArguments(args);
    // Whatever serve would refuse is refused here too: a robot that is tried out is served next.
    readConfig(process.env);
    const properties = {
      id: "send",
      url: await robotSetting("url", options, process.env),
      secret: await robotSetting("secret", options, process.env),
    };
    if (properties.url === "") throw new UsageError("no robot; set --url, --url-file or ROBOT_URL");
    try {
      const data = await readMessage(options, texts);
      await create(properties, { operation: "create", data, metadata: mentionsOf(options) });
      return 0;
    } catch (cause) {
      const error = toBindingError(cause);
      if (!(error instanceof BindingError)) throw error;
      process.stderr.write(`${error.details(errorDomain)}\n`);
      return 1;
    }
  },
};

/** Separates the options from the texts, which are neither options nor values of options. */
function readArguments(args: readonly string[]): { options: Options; texts: string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    options: optionTypes,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const positionals = tokens.filter((token) => token.kind === "positional");
  const taken = new Set(tokens.filter(({ kind }) => kind !== "option").map(({ index }) => index));
  const others = args.filter((_, index) => !taken.has(index));
  return {
    options: parseOptions(others, optionTypes),
    texts: positionals.map(({ value }) => value),
  };
}

async function robotSetting(
  name: "url" | "secret",
  options: Options,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const { [name]: given, [`${name}-file` as const]: file } = options;
  if (given !== undefined && file !== undefined) {
    throw new UsageError(`--${name} and --${name}-file exclude each other`);
  }
  if (given !== undefined) return given;
  if (file !== undefined) return (await readBytes(`--${name}-file`, file)).toString();
  return env[`ROBOT_${name.toUpperCase()}`] ?? "";
}

async function readMessage({ markdown, json }: Options, texts: readonly string[]): Promise<Buffer> {
  const given = [...texts, markdown, json].filter((message) => message !== undefined);
  if (given.length !== 1) {
    throw new UsageError("give one message: TEXT in quotes, --markdown FILE or --json FILE");
  }
  if (json !== undefined) {
    const bytes = json === "-" ? await buffer(process.stdin) : await readBytes("--json", json);
    return Buffer.from(readMessageObject(bytes).json);
  }
  if (markdown === undefined) return Buffer.from(JSON.stringify(texts[0]));
  const text = readUtf8(await readBytes("--markdown", markdown));
  const title = findTitle(text) ?? basename(markdown);
  return Buffer.from(JSON.stringify({ msgtype: "markdown", markdown: { title, text } }));
}

async function readBytes(option: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new UsageError(`the file of ${option} cannot be read: ${errorCodeOf(cause)}`, { cause });
  }
}

function mentionsOf(options: Options): Record<string, string> {
  return {
    atMobiles: options["at-mobiles"] ?? "",
    atUserIds: options["at-user-ids"] ?? "",
    isAtAll: String(options["at-all"] ?? false),
  };
}

/** Configures a component and calls it once, as daprd does. */
async function create(
  properties: Readonly<Record<string, string>>,
  request: InvokeRequest,
): Promise<void> {
  const binding = createBinding();
  try {
    binding.init({ direction: "output", properties });
    const { metadata = {} } = await binding.invoke(request, {
      instance: "send",
      componentType: "bindings.dingtalk.webhook",
      signal: new AbortController().signal,
      timeLeftMs: Number.POSITIVE_INFINITY,
    });
    process.stdout.write(`errcode ${metadata.errcode} ${metadata.errmsg}\n`);
  } finally {
    await binding.close();
  }
}

function createBinding(): Binding {
  // The command prints the outcome itself.
  const log = createLog("silent", version);
  const { createBinding } = createBindingFactory({ log });
  return createBinding("send", new Readers(systemClock, log));
}
