import { type MessageRecord, redisKeysOf } from "../record.ts";
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

  /** Called before the POST of a message. */
  async markPosted(record: MessageRecord): Promise<void> {
    const keys = redisKeysOf(record);
    if (keys.length === 0) return;
    await this.#redis.run(markPostedScript, keys, { robot: this.#target });
  }

  /** Called before the POST of a digest, with the records of its messages. */
  async keepDigest(
    msgUuid: string,
    json: string,
    records: readonly MessageRecord[],
  ): Promise<void> {
    const keys = [digestKey(msgUuid), ...redisKeysOf(...records)];
    const given = { json, uuid: msgUuid, robot: this.#target, keepForMs };
    await this.#redis.run(keepDigestScript, keys, given);
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
