import type { Logger } from "pino";
import { systemClock } from "../../base/clock.ts";
import { CommandTimes } from "./command-times.ts";
import {
  createClusterClient,
  createNodeClient,
  isClusterNode,
  lookAgainMs,
  type RedisClient,
  type RedisOptions,
} from "./redis-client.ts";
import { codeOf, isScriptFailure } from "./redis-errors.ts";
import { createScript, prefixOf, type RedisScript, type SharedTime } from "./redis-script.ts";
import { closedSubscription, Subscriber, type Subscription } from "./subscriber.ts";

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
  /** Whether one script may use both keys. In a cluster, their nodes may differ. */
  joins(key: string, other: string): boolean;
  /**
   * Calls `onNews` when something is told on the channel, and when the subscription breaks. Never
   * rejects.
   */
  listen(channel: string, onNews: () => void): Promise<Subscription>;
  /**
   * Ends the connection when the scripts that are under way have ended, after a second at most.
   * Further calls do nothing.
   */
  close(): Promise<void>;
}

/** What a connection to Redis needs of the process. */
export interface RedisDeps {
  readonly log: Logger;
  /** The clock of all replicas. If undefined, Redis's own. */
  readonly sharedTime?: (() => SharedTime) | undefined;
}

/** Shows whether scripts run and may write, which a PING does not show. */
const probe = createScript(`
redis.call('SET', KEYS[1], '1', 'PX', given.forMs)
return 1
`);

/**
 * Opens a connection that mends itself. The first scripts wait for it: for a second at most, or for
 * two where the node leads to a cluster.
 */
export function openRedis(options: RedisOptions, deps: RedisDeps): SharedRedis {
  return new Connection(options, deps);
}

class Connection implements SharedRedis {
  readonly #options: RedisOptions;
  readonly #log: Logger;
  readonly #sharedTime: (() => SharedTime) | undefined;
  readonly #times = new CommandTimes();
  readonly #subscriber: Subscriber;
  readonly #opened: Promise<void>;
  #client: RedisClient | undefined;
  #isCluster = false;
  /** Undefined before the first attempt to connect has ended. */
  #isAway: boolean | undefined;
  #closed: Promise<void> | undefined;
  /** Where a cluster is looked at: at the node that failed. */
  #probeKey = "dingtalk:probe";
  /** The scripts whose failure the log tells of. */
  readonly #failures = new Set<string>();
  #looking: { readonly client: RedisClient; readonly done: Promise<void> } | undefined;
  #cancelTimer = (): void => {};

  constructor(options: RedisOptions, { log, sharedTime }: RedisDeps) {
    this.#options = options;
    this.#log = log;
    this.#sharedTime = sharedTime;
    const bound = <T>(work: Promise<T>): Promise<T> => this.#times.bound(work);
    this.#subscriber = new Subscriber(() => createNodeClient(options), bound);
    this.#opened = this.#open(createNodeClient);
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
      else this.#lost(error, keys[0]);
      return undefined;
    }
  }

  joins(key: string, other: string): boolean {
    return !this.#isCluster || prefixOf(key) === prefixOf(other);
  }

  async listen(channel: string, onNews: () => void): Promise<Subscription> {
    if (this.isAway) return closedSubscription;
    return await this.#subscriber.listen(channel, onNews);
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.#isAway = true;
    this.#cancelTimer();
    this.#subscriber.close();
    await this.#times.idle();
    this.#client?.destroy();
  }

  /** Connects to the node, or to the cluster once the node has told that it belongs to one. */
  async #open(create: (options: RedisOptions) => Promise<RedisClient>): Promise<void> {
    const client = await create(this.#options);
    if (this.#closed !== undefined) return;
    this.#client?.destroy();
    this.#client = client;
    client.on("error", (error) => {
      if (client === this.#client) this.#lost(error);
    });
    client.on("ready", () => void this.#look(client));
    // The client tries again by itself and emits each failure as an error event.
    const opened = this.#times.bound(client.connect()).then(() => this.#look(client));
    await opened.catch((error: unknown) => this.#lost(error));
  }

  async #openAnew(): Promise<void> {
    this.#isCluster = false;
    await this.#open(createNodeClient);
  }

  async #evaluate(script: RedisScript, keys: readonly string[], given: object): Promise<unknown> {
    const client = this.#client;
    if (client === undefined) throw new Error("no client");
    const time = this.#sharedTime === undefined ? "" : JSON.stringify(this.#sharedTime());
    const rest = [`${keys.length}`, ...keys, time, JSON.stringify(given)];
    const [key = ""] = keys;
    const send = async (...command: string[]): Promise<unknown> =>
      await client.send(key, [...command, ...rest]);
    const answer = send("EVALSHA", script.sha1).catch((error: unknown) => {
      if (codeOf(error) !== "NOSCRIPT") throw error;
      return send("EVAL", script.lua);
    });
    return await this.#times.bound(answer);
  }

  /** Redis is there and cannot do what one script asks. The log tells it once for each script. */
  #failed({ sha1 }: RedisScript, error: unknown): void {
    if (this.#failures.has(sha1)) return;
    this.#failures.add(sha1);
    const reason = codeOf(error);
    this.#log.error({ reason, script: sha1 }, "a script failed at Redis, which serves the others");
  }

  #lost(error: unknown, key?: string): void {
    if (this.#closed !== undefined) return;
    const reason = codeOf(error);
    if (this.#isAway !== true) {
      this.#log.warn({ reason }, "Redis is away, this replica keeps the limits alone");
    }
    this.#isAway = true;
    if (this.#isCluster && key !== undefined) this.#probeKey = `${prefixOf(key)}probe`;
    this.#cancelTimer();
    // After a failover another node may have this name. A connection would stay at the former one.
    const isReplica = reason === "READONLY" && !this.#isCluster;
    this.#cancelTimer = systemClock.after(lookAgainMs, () => {
      if (this.#client === undefined) return;
      if (isReplica || !this.#client.isOpen) void this.#openAnew();
      else void this.#look(this.#client);
    });
  }

  /** Looks whether Redis serves this process. Of two looks at one client, the second one joins. */
  async #look(client: RedisClient): Promise<void> {
    if (this.#closed !== undefined || client !== this.#client) return;
    if (!client.isReady || !this.isAway) return;
    if (this.#looking?.client !== client) {
      const looking = { client, done: this.#lookOnce(client) };
      this.#looking = looking;
      await looking.done;
      if (this.#looking === looking) this.#looking = undefined;
    } else await this.#looking.done;
  }

  async #lookOnce(client: RedisClient): Promise<void> {
    try {
      if (!this.#isCluster && (await this.#times.bound(isClusterNode(client)))) {
        this.#isCluster = true;
        return await this.#open(createClusterClient);
      }
      await this.#evaluate(probe, [this.#probeKey], { forMs: 60_000 });
    } catch (error) {
      return this.#lost(error);
    }
    if (this.#closed !== undefined || client !== this.#client) return;
    if (this.#isAway) this.#log.info("Redis is back, the limits are shared again");
    this.#isAway = false;
    this.#cancelTimer();
  }
}
