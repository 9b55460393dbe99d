import { abortedError } from "../errors.ts";
import { type MessageRecord, redisKeysOf } from "../record.ts";
import { leaseMs } from "./lease.ts";
import { keepDigestScript, markPostedScript, readDigestScript } from "./record-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import { sharedKey } from "./redis-script.ts";

/** As long as daprd may come back with a message of a digest. */
const keepForMs = 600_000;

/**
 * What is about to be posted to one target. When a replica is killed, daprd asks another one, which
 * finds here where the message may be.
 */
export class SharedPosts {
  readonly #redis: SharedRedis;
  /** The target's name. */
  readonly #target: string;

  constructor(redis: SharedRedis, target: string) {
    this.#redis = redis;
    this.#target = target;
  }

  /**
   * Called before the POST of a message.
   *
   * @throws {NotSentError} if another replica has taken the message over, because this one stood
   * still
   */
  async markPosted({ redisKey, claim, signal }: MessageRecord): Promise<void> {
    if (redisKey === undefined) return;
    const given = { attempt: claim?.attempt ?? "", robot: this.#target, leaseMs };
    if ((await this.#redis.run(markPostedScript, [redisKey], given)) !== 0) return;
    claim?.lose();
    throw abortedError(signal);
  }

  /**
   * Called before the POST of a digest, with the records of its messages.
   *
   * @returns false if other replicas have taken some of the messages over; their signals abort
   */
  async keepDigest(
    msgUuid: string,
    json: string,
    records: readonly MessageRecord[],
  ): Promise<boolean> {
    const shared = records.filter(({ redisKey }) => redisKey !== undefined);
    const keys = [digestKey(msgUuid), ...redisKeysOf(...shared)];
    const attempts = shared.map(({ claim }) => claim?.attempt ?? "");
    const given = { json, uuid: msgUuid, robot: this.#target, attempts, keepForMs, leaseMs };
    const lost = await this.#redis.run(keepDigestScript, keys, given);
    if (!Array.isArray(lost)) return true;
    for (const place of lost) shared[Number(place)]?.claim?.lose();
    return lost.length === 0;
  }

  /** Called when a digest of another replica has arrived. */
  async markArrived(msgUuid: string): Promise<void> {
    await this.keepDigest(msgUuid, "", []);
  }

  /** The digest as JSON, empty if it is known to have arrived, undefined if nobody knows it. */
  async readDigest(msgUuid: string): Promise<string | undefined> {
    const json = await this.#redis.run(readDigestScript, [digestKey(msgUuid)], {});
    return typeof json === "string" ? json : undefined;
  }
}

function digestKey(msgUuid: string): string {
  return sharedKey("digest", msgUuid);
}
