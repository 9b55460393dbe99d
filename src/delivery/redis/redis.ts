import type { Logger } from "pino";
import { systemClock, withinTime } from "../../base/clock.ts";
import { errorCodeOf } from "../../base/error-code.ts";
import { createScript, type RedisScript, type SharedTime } from "./redis-script.ts";

/** The address of the replicas' common Redis, as Dapr's own components describe it. */
export interface RedisOptions {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  readonly tls: boolean;
}

/** A Redis that may go away and come back. */
export interface SharedRedis {
  readonly isAway: boolean;
  /**
   * Runs a script. Resolves with its answer, or with undefined while Redis is away or too slow, and
   * if the script fails. Never rejects.
   *
   * @param given the script's arguments, which become JSON
   */
  run(script: RedisScript, keys: readonly string[], given: object): Promise<unknown>;
  /** Ends the connection at once. Further calls do nothing. */
  close(): void;
}

/** What a connection to Redis needs of the process. */
export interface RedisDeps {
  readonly log: Logger;
  /** The clock of all replicas. If undefined, Redis's own. */
  readonly sharedTime?: (() => SharedTime) | undefined;
}

/** The part of Redis's client that is used. */
interface Client {
  readonly isReady: boolean;
  on(event: string, listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  sendCommand(args: string[]): Promise<unknown>;
  destroy(): void;
}

/** How long a message may wait for Redis. */
const commandTimeoutMs = 1000;
const lookAgainMs = 1000;

/** Shows whether scripts run and may write, which a PING does not show. */
const probe = createScript(`
redis.call('SET', KEYS[1], '1', 'PX', given.forMs)
return 1
`);

/** Opens a connection that mends itself. The first scripts wait for it, for a second at most. */
export function openRedis(options: RedisOptions, deps: RedisDeps): SharedRedis {
  return new Connection(() => createRedisClient(options), deps);
}

/** Loads the client only now: without a Redis it would be loaded for nothing. */
async function createRedisClient(options: RedisOptions): Promise<Client> {
  const { createClient } = await import("@redis/client");
  const { host, port, username, password, db: database, tls } = options;
  const socket = { host, port, connectTimeout: commandTimeoutMs, reconnectStrategy: lookAgainMs };
  return createClient({
    socket: tls ? { ...socket, tls, servername: host } : socket,
    database,
    disableOfflineQueue: true,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
  });
}

class Connection implements SharedRedis {
  readonly #log: Logger;
  readonly #sharedTime: (() => SharedTime) | undefined;
  readonly #opened: Promise<void>;
  #client: Client | undefined;
  /** Undefined before the first attempt to connect has ended. */
  #isAway: boolean | undefined;
  #isClosed = false;
  /** The scripts whose failure the log tells of. */
  readonly #failures = new Set<string>();
  #cancelTimer = (): void => {};

  constructor(create: () => Promise<Client>, { log, sharedTime }: RedisDeps) {
    this.#log = log;
    this.#sharedTime = sharedTime;
    this.#opened = this.#open(create);
  }

  get isAway(): boolean {
    return this.#isAway !== false;
  }

  async run(script: RedisScript, keys: readonly string[], given: object): Promise<unknown> {
    if (this.#isAway === undefined) await this.#opened;
    if (this.isAway) return undefined;
    try {
      return await this.#evaluate(script, keys, given);
    } catch (error) {
      if (isScriptFailure(error)) this.#failed(script, error);
      else this.#lost(error);
      return undefined;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isAway = true;
    this.#cancelTimer();
    this.#client?.destroy();
  }

  async #open(create: () => Promise<Client>): Promise<void> {
    const client = await create();
    if (this.#isClosed) return;
    this.#client = client;
    client.on("error", (error) => this.#lost(error));
    client.on("ready", () => void this.#look());
    // The client tries again by itself and emits each failure as an error event.
    const opened = client.connect().then(() => this.#look());
    await bounded(opened).catch((error: unknown) => this.#lost(error));
  }

  async #evaluate(script: RedisScript, keys: readonly string[], given: object): Promise<unknown> {
    const client = this.#client;
    if (client === undefined) throw new Error("no client");
    const time = this.#sharedTime === undefined ? "" : JSON.stringify(this.#sharedTime());
    const rest = [`${keys.length}`, ...keys, time, JSON.stringify(given)];
    const answer = client.sendCommand(["EVALSHA", script.sha1, ...rest]).catch((error: unknown) => {
      if (codeOf(error) !== "NOSCRIPT") throw error;
      return client.sendCommand(["EVAL", script.lua, ...rest]);
    });
    return await bounded(answer);
  }

  /** Redis is there and cannot do what one script asks. The log tells it once for each script. */
  #failed({ sha1 }: RedisScript, error: unknown): void {
    if (this.#failures.has(sha1)) return;
    this.#failures.add(sha1);
    const reason = codeOf(error);
    this.#log.error({ reason, script: sha1 }, "a script failed at Redis, which serves the others");
  }

  #lost(error: unknown): void {
    if (this.#isClosed) return;
    if (this.#isAway !== true) {
      const reason = codeOf(error);
      this.#log.warn({ reason }, "Redis is away, this replica keeps the limits alone");
    }
    this.#isAway = true;
    this.#cancelTimer();
    this.#cancelTimer = systemClock.after(lookAgainMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    if (this.#isClosed || !this.#client?.isReady || !this.isAway) return;
    try {
      await this.#evaluate(probe, ["dingtalk:probe"], { forMs: 60_000 });
    } catch (error) {
      return this.#lost(error);
    }
    // Two looks may run at once; only the first one logs.
    if (this.#isClosed || !this.isAway) return;
    if (this.#isAway) this.#log.info("Redis is back, the limits are shared again");
    this.#isAway = false;
    this.#cancelTimer();
  }
}

/** A Redis that does not answer in time is treated as a Redis that is away. */
function bounded<T>(work: Promise<T>): Promise<T> {
  return withinTime({ clock: systemClock, timeoutMs: commandTimeoutMs }, () => work);
}

/** Redis's words for a state in which it can serve nobody. Redis 6 quotes them in a script's error. */
const cannotServe =
  /\b(?:READONLY|OOM|MISCONF|NOREPLICAS|LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|NOAUTH|NOPERM)\b/;

/** Whether Redis answered with an error that comes from what the script was given. */
function isScriptFailure(error: unknown): boolean {
  const text = error instanceof Error ? error.message : "";
  return /^(?:ERR|WRONGTYPE) /.test(text) && !cannotServe.test(text);
}

/** Such as `ECONNREFUSED`, `WRONGPASS`, `TimeoutError`. Never the text, which may quote an address. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return errorCodeOf(error, /^[A-Z]+(?= )/.exec(error.message)?.[0] ?? error.name);
}
