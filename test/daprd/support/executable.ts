import { fileURLToPath } from "node:url";
import { type Child, startChild } from "./child.ts";
import type { TextMessage } from "./message.ts";
import type { Place } from "./place.ts";

const main = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));

function startExecutable(command: string, args: string[], env: Record<string, string>): Child {
  return startChild({
    name: `dingtalk-webhook ${command}`,
    command: process.execPath,
    args: [main, command, ...args],
    env,
  });
}

/** A line of the component's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A running `dingtalk-webhook serve`. */
export interface Component extends Child {
  /** The log lines whose text begins with these words. */
  logged(text: string): LogLine[];
}

/** Texts of the component's log that operators search for. */
export const phrase = {
  loaded: "daprd loaded the component from this process",
  loadedAgain: "daprd loaded the component again",
  reads: "daprd reads from the component",
  stoppedReading: "daprd stopped reading",
  secondApp: "two apps use one component name with different configurations",
} as const;

/** Starts `dingtalk-webhook serve` and waits until it is ready for daprd. */
export async function startComponent(
  { sockets }: Pick<Place, "sockets">,
  env: Readonly<Record<string, string>> = {},
): Promise<Component> {
  const folder = { DAPR_COMPONENTS_SOCKETS_FOLDER: sockets };
  const child = startExecutable("serve", [], { ...folder, ...env });
  await child.says("ready for daprd");
  const logged = (text: string): LogLine[] => {
    // Node writes warnings of its own between the lines, and the last line may not be whole yet.
    const lines = child.output().split("\n").slice(0, -1);
    return lines
      .filter((line) => line.startsWith("{"))
      .map((line): LogLine => JSON.parse(line))
      .filter(({ msg }) => String(msg).startsWith(text));
  };
  return { ...child, logged };
}

/** A message as it arrived at a robot. */
export interface SandboxMessage {
  readonly message: TextMessage;
  readonly query: Readonly<Record<string, string>>;
}

/** A running `dingtalk-webhook sandbox`. Its robots are `sandbox` and `signed`. */
export interface Sandbox {
  readonly origin: string;
  /** The webhook address of a robot. */
  url(token: string): string;
  /** The messages that arrived at a robot, oldest first. */
  messages(token: string): Promise<SandboxMessage[]>;
  /** The texts of the text messages that arrived at a robot. */
  texts(token: string): Promise<string[]>;
  /** The texts of all text messages in the room of a robot, oldest first. */
  talk(token: string): Promise<string[]>;
}

/** Starts `dingtalk-webhook sandbox` on a free port. */
export async function startSandbox(): Promise<Sandbox> {
  const child = startExecutable("sandbox", ["--port", "0"], {});
  await child.says("sandbox listening on http://");
  const origin = /http:\/\/[\d.]+:\d+/.exec(child.output())?.[0] ?? "";
  const messages = async (token: string): Promise<SandboxMessage[]> => {
    const response = await fetch(`${origin}/api/messages?token=${token}`);
    return JSON.parse(await response.text());
  };
  return {
    origin,
    url: (token) => `${origin}/robot/send?access_token=${token}`,
    messages,
    texts: async (token) => (await messages(token)).map(({ message }) => message.text.content),
    talk: async (token) => {
      const response = await fetch(`${origin}/api/entries?token=${token}`);
      const entries: SandboxMessage[] = JSON.parse(await response.text());
      return entries.map(({ message }) => message.text.content);
    },
  };
}
