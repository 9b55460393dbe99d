import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { SocketPlan } from "../../dapr/sockets.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";
import { currentUser, octal } from "./folder.ts";
import { type Listener, probeSocket } from "./socket-probe.ts";

/** One file of the socket folder. */
export interface SocketEntry {
  /** File name. */
  readonly file: string;
  /** Permission bits, without sticky bit, setuid and setgid. */
  readonly mode: number;
  readonly uid: number;
  /** Who answers on the socket, or `no-socket` for another kind of file. */
  readonly listener: Listener | "no-socket";
}

/** The files of the folder, sorted by name; undefined if the folder cannot be read. */
export async function readSockets(folder: string): Promise<SocketEntry[] | undefined> {
  const files = await readdir(folder).catch(() => undefined);
  if (files === undefined) return undefined;
  const entries = await Promise.all(files.sort().map((file) => readEntry(folder, file)));
  return entries.filter((entry) => entry !== undefined);
}

async function readEntry(folder: string, file: string): Promise<SocketEntry | undefined> {
  const path = join(folder, file);
  // The file may be gone by now: a process that ends removes its sockets.
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined || stats.isDirectory()) return undefined;
  const listener = stats.isSocket() ? await probeSocket(path) : "no-socket";
  return { file, mode: stats.mode & 0o777, uid: stats.uid, listener };
}

/** Judges each file of the folder as daprd would, then names our sockets that are missing. */
export function* checkSockets(
  plan: SocketPlan,
  entries: readonly SocketEntry[],
): Iterable<Finding> {
  const ours = plan.names.map((name) => `${name}.sock`);
  for (const entry of entries) {
    yield checkEntry(entry, ours.includes(entry.file));
    if (entry.listener === "ours") yield* checkMode(entry, plan);
  }
  for (const socket of ours) {
    if (entries.some(({ file }) => file === socket)) continue;
    yield problem`socket: there is no ${socket}; daprd takes its built-in binding or fails -> start dingtalk-webhook serve with this environment, then daprd; if serve has another DAPR_COMPONENTS_SOCKETS_FOLDER, run the doctor with that`;
  }
}

function checkEntry({ file, listener, mode, uid }: SocketEntry, hasOurName: boolean): Finding {
  switch (listener) {
    case "ours":
      return ok`socket: ${file} is served by dingtalk-webhook`;
    case "component":
      return hasOurName
        ? problem`foreign-socket: ${file} has a name of ours and is served by another component -> stop that process, or give each a socket folder of its own`
        : ok`socket: ${file} is served by another component`;
    case "no-socket":
      return warning`foreign-socket: ${file} is not a socket, daprd skips it -> move it away`;
    case "stale":
      return problem`stale-socket: nobody listens on ${file}; daprd waits for it for ever when it starts -> ${hasOurName ? "start dingtalk-webhook serve, which replaces it" : "remove the file"}`;
    case "unknown":
      return skipped`socket: ${file} could not be asked who serves it -> run the doctor once more, or look at the file`;
    case "refused":
      return problem`socket-mode: ${file} has mode ${octal(mode)} and belongs to uid ${uid}; ${currentUser()} may not connect -> run both as one user, or serve with a wider DINGTALK_SOCKET_MODE`;
    case "mute":
      return problem`foreign-socket: ${file} takes connections and does not answer; daprd waits for it for ever when it starts -> stop the process behind it, or move its socket out of the folder`;
    case "foreign":
      return problem`foreign-socket: ${file} answers, but is not a Dapr component; because of it daprd loads no component at all -> stop the process behind it, or move its socket out of the folder`;
  }
}

function* checkMode({ file, mode, uid }: SocketEntry, plan: SocketPlan): Iterable<Finding> {
  if (mode !== plan.mode) {
    yield warning`socket-mode: ${file} has mode ${octal(mode)}, DINGTALK_SOCKET_MODE says ${octal(plan.mode)} -> restart dingtalk-webhook serve with this environment`;
  } else if ((mode & 0o002) === 0) {
    yield warning`socket-mode: ${file} has mode ${octal(mode)} and belongs to uid ${uid}; a daprd of another user waits for it for ever -> set DINGTALK_SOCKET_MODE=0666, unless daprd runs as this user or in this group`;
  }
}
