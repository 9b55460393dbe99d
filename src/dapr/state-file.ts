import { randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { errorCodeOf } from "../base/error-code.ts";
import type { BindingInit, CallOrigin } from "./binding.ts";

/** An Init as it came from daprd. The properties hold secrets. */
export interface SavedInit extends BindingInit, CallOrigin {
  /** daprd has opened a Read stream for the instance since this Init. */
  readonly reading?: boolean;
}

/** The state file cannot be used. The message is for the operator and quotes nothing of the file. */
export class StateFileError extends Error {
  override readonly name = "StateFileError";
  readonly code = "STATE_FILE";

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`cannot keep state in ${path}: ${reason}`, options);
  }
}

/** Tells whether an app still uses a configuration. */
type IsHeld = (init: SavedInit) => boolean;

const knownVersion = 1;

type Kind = "file" | "folder";
const remedies: Record<Kind, string> = {
  file: "delete it and restart daprd, or change the YAML of the components, which fills it again",
  folder: "name a folder for this program alone; a missing one is made",
};

/**
 * Keeps every Init on disk for the next process, because daprd does not repeat an Init to a process
 * that was restarted. Holds one entry for each instance, component type and direction: the newest.
 */
export class StateFile {
  readonly #path: string;
  readonly #inits = new Map<string, SavedInit>();
  readonly #onError: (error: StateFileError) => void;
  /** The file as this process last read or wrote it; undefined if there was none. */
  #identity: string | undefined;
  #hasWriteAhead = false;
  #writes = Promise.resolve();

  private constructor(path: string, onError: (error: StateFileError) => void) {
    this.#path = path;
    this.#onError = onError;
  }

  /**
   * Reads what the former process left. Makes the folder if it is missing.
   *
   * @param onError hears of every failed write
   * @throws {StateFileError} when file or folder is a link, not ours, open to others or not valid
   */
  static async open(path: string, onError: (error: StateFileError) => void): Promise<StateFile> {
    const file = new StateFile(resolve(path), onError);
    try {
      await claimFolder(dirname(file.#path));
      file.#identity = await identityOf(file.#path);
      for (const init of await readInits(file.#path)) file.#put(init);
      await removeLeftOvers(file.#path);
      return file;
    } catch (cause) {
      throw cause instanceof StateFileError ? cause : failed(file.#path, cause);
    }
  }

  /** Returns all entries, the newest last. */
  read(): SavedInit[] {
    return [...this.#inits.values()];
  }

  /**
   * Puts an Init in place of the former ones of the same instance, type and direction, and forgets
   * their Read streams. Writes in the background.
   *
   * @param isHeld tells which of the former ones stay, because another app uses them
   */
  save(init: SavedInit, isHeld: IsHeld = () => false): void {
    const key = keyOf(init);
    this.#drop((other) => keyOf(other) === key && !isHeld(other));
    this.#put(init);
    this.#write();
  }

  /** Forgets the Inits of an instance that nobody uses any more. */
  retain(instance: string, isHeld: IsHeld): void {
    if (this.#drop((other) => other.instance === instance && !isHeld(other))) this.#write();
  }

  /** Remembers that daprd reads from the instance, until the next Init of its input direction. */
  markReading(origin: CallOrigin): void {
    const key = keyOf({ ...origin, direction: "input" });
    const unread = [...this.#inits].filter(([, init]) => keyOf(init) === key && !init.reading);
    for (const [entry, init] of unread) this.#inits.set(entry, { ...init, reading: true });
    if (unread.length > 0) this.#write();
  }

  /** Waits until every change is written or reported as failed. The next save repeats a failed one. */
  flush(): Promise<void> {
    return this.#writes;
  }

  #put({ instance, componentType, direction, properties, reading = false }: SavedInit): void {
    const init = { instance, componentType, direction, properties: { ...properties }, reading };
    const entry = JSON.stringify([keyOf(init), Object.entries(init.properties).sort()]);
    this.#inits.delete(entry);
    this.#inits.set(entry, init);
  }

  #drop(isGone: (init: SavedInit) => boolean): boolean {
    const gone = [...this.#inits].filter(([, init]) => isGone(init));
    for (const [entry] of gone) this.#inits.delete(entry);
    return gone.length > 0;
  }

  /** Writes once at a time. All changes that come meanwhile go into the next write together. */
  #write(): void {
    if (this.#hasWriteAhead) return;
    this.#hasWriteAhead = true;
    this.#writes = this.#writes.then(async () => {
      this.#hasWriteAhead = false;
      await this.#replace().catch(this.#onError);
    });
  }

  async #replace(): Promise<void> {
    const found = await identityOf(this.#path);
    if (found !== undefined && found !== this.#identity) {
      const reason = "another process writes it too; give each process a state file of its own";
      throw new StateFileError(this.#path, reason);
    }
    await replace(this.#path, { version: knownVersion, inits: this.read() });
    this.#identity = await identityOf(this.#path);
  }
}

function keyOf({ instance, componentType, direction }: Omit<SavedInit, "properties">): string {
  return JSON.stringify([instance, componentType, direction]);
}

async function claimFolder(path: string): Promise<void> {
  const found = await openOurs(path, "folder");
  // Missing parents are not made: where a memory volume is not mounted, secrets would go to disk.
  if (found === undefined) await mkdir(path, { mode: 0o700 });
  await (found ?? (await openOurs(path, "folder")))?.close();
}

/** Opens a file or folder and checks it when it is open, as the path may change; undefined if missing. */
async function openOurs(path: string, kind: Kind): Promise<FileHandle | undefined> {
  // Without O_NONBLOCK, opening a named pipe would wait for its writer for ever.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(path, flags).catch((cause: unknown) => {
    const code = errorCodeOf(cause);
    if (code === "ENOENT") return undefined;
    const reason = code === "ELOOP" ? "it is a symbolic link" : `it cannot be opened: ${code}`;
    throw new StateFileError(path, `${reason}; ${remedies[kind]}`, { cause });
  });
  const flaw = handle && flawOf(await handle.stat(), kind);
  if (flaw === undefined) return handle;
  await handle?.close();
  throw new StateFileError(path, `${flaw}; ${remedies[kind]}`);
}

function flawOf(stats: Stats, kind: Kind): string | undefined {
  if (!(kind === "file" ? stats.isFile() : stats.isDirectory())) return `it is not a ${kind}`;
  const uid = process.geteuid?.() ?? stats.uid;
  if (stats.uid !== uid) return `it belongs to uid ${stats.uid}, this process is uid ${uid}`;
  if ((stats.mode & 0o077) === 0) return undefined;
  return `it is open to group or others: mode 0${(stats.mode & 0o777).toString(8)}`;
}

async function readInits(path: string): Promise<SavedInit[]> {
  const handle = await openOurs(path, "file");
  if (handle === undefined) return [];
  const text = await handle.readFile("utf8").finally(() => handle.close());
  const { version, inits } = parseRecord(text);
  if (typeof version === "number" && version > knownVersion) {
    const reason = `it has version ${version}, this program knows ${knownVersion}`;
    throw new StateFileError(path, `${reason}; start the newer program, or ${remedies.file}`);
  }
  if (version === knownVersion && Array.isArray(inits) && inits.every(isSavedInit)) return inits;
  throw new StateFileError(path, `its contents are not valid; ${remedies.file}`);
}

function parseRecord(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {}; // The error is dropped: its text quotes the file, which holds secrets.
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isSavedInit(value: unknown): value is SavedInit {
  if (!isRecord(value)) return false;
  const { instance, componentType, direction, properties, reading = false } = value;
  if (direction !== "input" && direction !== "output") return false;
  if (typeof reading !== "boolean" || !isRecord(properties)) return false;
  const texts = [instance, componentType, ...Object.values(properties)];
  return texts.every((text) => typeof text === "string");
}

async function removeLeftOvers(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    const file = join(dirname(path), name);
    const isOurs = file.startsWith(path) && /^\.[0-9a-f-]{36}\.tmp$/.test(file.slice(path.length));
    if (isOurs) await rm(file, { force: true });
  }
}

/** Tells one state of a file from every other; undefined if there is no file. */
async function identityOf(path: string): Promise<string | undefined> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats?.isFile() ? `${stats.ino} ${stats.mtimeNs} ${stats.size}` : undefined;
}

async function replace(path: string, state: object): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, JSON.stringify(state), { flag: "wx", mode: 0o600, flush: true });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw failed(path, cause);
  }
}

function failed(path: string, cause: unknown): StateFileError {
  const reason = `${errorCodeOf(cause)}; check that its folders exist, have room and can be written`;
  return new StateFileError(path, reason, { cause });
}
