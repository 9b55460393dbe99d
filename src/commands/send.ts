import { systemClock } from "../base/clock.ts";
import { UsageError } from "../base/usage-error.ts";
import { version } from "../base/version.ts";
import { toBindingError } from "../binding/failures.ts";
import type { InvokeRequest } from "../dapr/binding.ts";
import { BindingError } from "../dapr/errors.ts";
import { Readers } from "../dapr/readers.ts";
import { addMentions } from "../dingtalk/add-mentions.ts";
import { encodeMessage, parseMessage } from "../dingtalk/message.ts";
import { parseMentions } from "../dingtalk/parse-mentions.ts";
import { createBindingFactory, errorDomain } from "../sidecar/sidecar.ts";
import { createLog } from "../telemetry/log.ts";
import { type Command, type OptionValues, parseArguments } from "./command.ts";
import { Input } from "./input.ts";
import { readMessage } from "./send/message.ts";
import { inOptionWords } from "./send/option-words.ts";

const help = `Usage: dingtalk-webhook send [OPTIONS] TEXT
       dingtalk-webhook send [OPTIONS] --markdown FILE
       dingtalk-webhook send [OPTIONS] --json FILE

Sends one message as the operation create does, without daprd, and prints errcode and errmsg. If the
message is not sent, prints the error that an app would get, in words of these options, and exits
with 1. A TEXT or FILE that is - stands for standard input. Text that is piped in needs no TEXT.

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
  --markdown FILE     a markdown message
  --title TITLE       its title; without this option the first heading, else the file's name
  --json FILE         a message in DingTalk's JSON
  --at-mobiles LIST   mobile numbers to mention, comma-separated
  --at-user-ids LIST  user ids to mention, comma-separated
  --at-all            mention everybody
  --dry-run           print the message as it would be posted, without its msgUuid, and send nothing;
                      needs no robot

HTTP_PROXY, HTTPS_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS work as for dingtalk-webhook serve.
`;

const optionTypes = {
  url: { type: "string" },
  "url-file": { type: "string" },
  secret: { type: "string" },
  "secret-file": { type: "string" },
  markdown: { type: "string" },
  json: { type: "string" },
  title: { type: "string" },
  "at-mobiles": { type: "string" },
  "at-user-ids": { type: "string" },
  "at-all": { type: "boolean" },
  "dry-run": { type: "boolean" },
} as const;

type Options = OptionValues<typeof optionTypes>;

/** Sends one message from the command line through the same code as a message of an app. */
export const sendCommand: Command = {
  summary: "send one message to a robot",
  help,
  async run(args) {
    const { values: options, positionals: texts } = parseArguments(args, optionTypes);
    const input = new Input();
    const url = await robotSetting("url", options, input);
    const secret = await robotSetting("secret", options, input);
    if (url.value === "" && options["dry-run"] !== true) {
      throw new UsageError("no robot; set --url, --url-file or ROBOT_URL");
    }
    try {
      const data = await readMessage(options, texts, input);
      const metadata = mentionsOf(options);
      const properties = { id: "send", url: url.value, secret: secret.value };
      if (options["dry-run"] === true) print(composed(data, metadata));
      else await create(properties, { operation: "create", data, metadata });
      return 0;
    } catch (cause) {
      const error = toBindingError(cause);
      if (!(error instanceof BindingError)) throw error;
      const sources = { url: url.source, secret: secret.source };
      process.stderr.write(`${inOptionWords(error.details(errorDomain), sources)}\n`);
      return 1;
    }
  },
};

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The body of the POST, without the msgUuid that delivery gives it. */
function composed(data: Buffer, metadata: Readonly<Record<string, string>>): string {
  return encodeMessage(addMentions(parseMessage(data), parseMentions(metadata))).toString();
}

/** A setting of the robot, and what the user calls the place that it comes from. */
async function robotSetting(
  name: "url" | "secret",
  options: Options,
  input: Input,
): Promise<{ value: string; source: string }> {
  const { [name]: given, [`${name}-file` as const]: file } = options;
  const [option, fileOption] = [`--${name}`, `--${name}-file`];
  if (given !== undefined && file !== undefined) {
    throw new UsageError(`${option} and ${fileOption} exclude each other`);
  }
  if (given !== undefined) return setting(given, option, option);
  if (file !== undefined) {
    return setting(await input.readText(fileOption, file), fileOption, `the file of ${fileOption}`);
  }
  const variable = `ROBOT_${name.toUpperCase()}`;
  const value = (process.env[variable] ?? "").trim();
  return { value, source: value === "" ? option : variable };
}

function setting(text: string, source: string, holder: string): { value: string; source: string } {
  const value = text.trim();
  if (value !== "") return { value, source };
  throw new UsageError(`${holder} is empty; leave ${source} out if there is none`);
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
  // The command prints the outcome itself.
  const log = createLog("silent", version);
  const binding = createBindingFactory({ log }).createBinding(
    "send",
    new Readers(systemClock, log),
  );
  try {
    binding.init({ direction: "output", properties });
    const { metadata = {} } = await binding.invoke(request, {
      instance: "send",
      componentType: "bindings.dingtalk.webhook",
      signal: new AbortController().signal,
      timeLeftMs: Number.POSITIVE_INFINITY,
    });
    print(`errcode ${metadata.errcode} ${metadata.errmsg}`);
  } finally {
    await binding.close();
  }
}
