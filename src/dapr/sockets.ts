import { lstat, mkdir, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { errorCodeOf } from "../base/error-code.ts";

/** Where daprd looks for the sockets of components. */
export interface SocketFolder {
  readonly folder: string;
  /** Permissions of the socket files. daprd may run as another user and has to write to them. */
  readonly mode: number;
}

/** The sockets of one process. */
export interface SocketPlan extends SocketFolder {
  /** Component names without their category: `dingtalk.webhook` is `bindings.dingtalk.webhook`. */
  readonly names: readonly string[];
}

/** A socket cannot be offered. The message is meant for the operator. */
export class SocketError extends Error {
  override readonly name = "SocketError";
  readonly code = "SOCKET";
}

/** The longest path of a socket, in bytes: the field of `sockaddr_un` without its closing zero. */
export const maxPathBytes = process.platform === "linux" ? 107 : 103;

/** The path of the socket for a component's name. */
export function socketPath({ folder }: SocketPlan, name: string): string {
  return join(folder, `${name}.sock`);
}

/**
 * Makes the folder and clears the paths for new sockets. Removes a socket on which nobody answers:
 * daprd would wait for it for ever. Anything else on a path is an error.
 *
 * @throws {SocketError}
 */
export async function prepareSockets(plan: SocketPlan): Promise<void> {
  const paths = plan.names.map((name) => socketPath(plan, name));
  for (const path of paths) checkLength(path);
  try {
    await mkdir(plan.folder, { recursive: true });
  } catch (cause) {
    throw new SocketError(`cannot make the socket folder ${plan.folder}: ${errorCodeOf(cause)}`, {
      cause,
    });
  }
  for (const path of paths) await clear(path);
}

function checkLength(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes <= maxPathBytes) return;
  throw new SocketError(
    `the socket path ${path} has ${bytes} bytes, this platform allows ${maxPathBytes}; choose a shorter folder`,
  );
}

async function clear(path: string): Promise<void> {
  const answer = await probe(path);
  if (answer === "absent") return;
  if (answer === "live") {
    throw new SocketError(
      `another process answers on ${path}; stop it, or give each app a socket folder of its own`,
    );
  }
  if (answer !== "dead") throw new SocketError(`cannot use ${path}: ${answer}`);
  await unlink(path).catch((cause: unknown) => {
    if (errorCodeOf(cause) === "ENOENT") return;
    throw new SocketError(`cannot remove the dead socket ${path}: ${errorCodeOf(cause)}`, {
      cause,
    });
  });
}

/** Says why a socket would not take daprd's calls; undefined if all would. */
export async function findSocketProblem(plan: SocketPlan): Promise<string | undefined> {
  for (const name of plan.names) {
    const path = socketPath(plan, name);
    const answer = await probe(path);
    if (answer !== "live") return `the socket ${path} does not answer: ${answer}`;
  }
  return undefined;
}

/** Returns `absent`, `live`, `dead`, or what is wrong with the path. */
async function probe(path: string): Promise<string> {
  try {
    if (!(await lstat(path)).isSocket()) return "it is not a socket";
  } catch (cause) {
    return errorCodeOf(cause) === "ENOENT" ? "absent" : errorCodeOf(cause);
  }
  return new Promise((resolve) => {
    const connection = connect(path, () => {
      connection.destroy();
      resolve("live");
    });
    connection.on("error", (error) => {
      const code = errorCodeOf(error);
      resolve({ ECONNREFUSED: "dead", ENOENT: "absent" }[code] ?? code);
    });
  });
}
