import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { errorCodeOf } from "../../base/error-code.ts";
import { maxPathBytes, type SocketPlan, socketPath } from "../../dapr/sockets.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** The socket folder as the file system describes it. */
export interface FolderFacts {
  /** Permission bits, with sticky bit, setuid and setgid. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whether this process may create and remove sockets in the folder. */
  readonly isWritable: boolean;
}

/** Asks the file system about the socket folder. The result says why there is no folder. */
export async function readFolder(folder: string): Promise<FolderFacts | Finding> {
  try {
    const stats = await stat(folder);
    if (!stats.isDirectory()) {
      return problem`folder: the socket folder ${folder} is a file -> remove it, or name another folder in DAPR_COMPONENTS_SOCKETS_FOLDER`;
    }
    const isWritable = await access(folder, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    const { mode, uid, gid } = stats;
    return { mode: mode & 0o7777, uid, gid, isWritable };
  } catch (error) {
    const code = errorCodeOf(error);
    return code === "ENOENT"
      ? problem`folder: the socket folder ${folder} is missing -> start dingtalk-webhook serve, which creates it, or mount the volume that daprd's container mounts`
      : problem`folder: ${currentUser()} cannot read the socket folder ${folder}: ${code} -> let this user enter the folder and those above it`;
  }
}

/**
 * Judges the permissions of the socket folder.
 *
 * @param user the user of this process, such as `uid 1000`
 */
export function checkFolder(
  folder: string,
  { mode, uid, gid, isWritable }: FolderFacts,
  user = currentUser(),
): Finding {
  const described = `${folder} has mode ${octal(mode)} and belongs to uid ${uid}, gid ${gid}`;
  if (!isWritable) {
    return problem`folder: ${described}; ${user} cannot write to it -> give it to this user (chown), widen its mode (chmod 1777), or set fsGroup in the pod`;
  }
  if ((mode & 0o001) === 0) {
    return warning`folder: ${described}; a daprd of another user cannot enter it -> chmod o+x, unless daprd runs as this user or in this group`;
  }
  return ok`folder: ${described}; ${user} can write to it`;
}

/** The user of this process as messages name it, such as `uid 1000`. */
export function currentUser(): string {
  return `uid ${process.getuid?.() ?? "unknown"}`;
}

/** Permission bits in octal digits, such as `0666`. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** Finds socket names whose path is longer than the platform allows. */
export function* checkPathLengths(plan: SocketPlan): Iterable<Finding> {
  for (const name of plan.names) {
    const bytes = Buffer.byteLength(socketPath(plan, name));
    if (bytes <= maxPathBytes) continue;
    yield problem`path-length: the path of ${name}.sock has ${bytes} bytes, this platform allows ${maxPathBytes} -> choose a shorter folder in DAPR_COMPONENTS_SOCKETS_FOLDER`;
  }
}
