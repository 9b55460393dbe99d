import type { Clock } from "../../base/clock.ts";
import { abortedError } from "../errors.ts";
import type { MessageRecord } from "../record.ts";
import { renewEveryMs } from "./lease.ts";
import {
  dropDigestScript,
  keepDigestScript,
  markDigestScript,
  markPostedScript,
  readDigestScript,
  unmarkDigestScript,
} from "./record-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import type { RedisScript } from "./redis-script.ts";
import { prefixOf, targetPrefix } from "./redis-script.ts";

/** As long as daprd may come back with a message of a digest. */
const keepForMs = 600_000;

interface SharedPostsDeps {
  readonly redis: SharedRedis;
  /** The target's name. */
  readonly target: string;
  readonly clock: Clock;
}

/**
 * What is about to be posted to one target. When a replica is killed, daprd asks another one, which
 * finds here where the message may be.
 */
export class SharedPosts {
  readonly #redis: SharedRedis;
  readonly #target: string;
  readonly #clock: Clock;

  constructor({ redis, target, clock }: SharedPostsDeps) {
    this.#redis = redis;
    this.#target = target;
    this.#clock = clock;
  }

  /**
   * Called before the POST of a message. Asks nothing where the claim was made with a note of this
   * target, unless that was long ago: this process may have stood still.
   *
   * @throws {NotSentError} if another replica has taken the message over, because this one stood
   * still
   */
  async markPosted({ redisKey, claim, signal }: MessageRecord): Promise<void> {
    if (redisKey === undefined) return;
    const { target = "", at = 0 } = claim?.marked ?? {};
    if (target === this.#target && this.#clock.elapsed() - at < renewEveryMs) return;
    const given = { attempt: claim?.attempt ?? "", robot: this.#target };
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
    const given = { json, keepForMs };
    const kept = this.#redis.run(keepDigestScript, [this.#keyOf(msgUuid)], given);
    const marked = groupsOf(records).map(async (group) => {
      const attempts = group.map(({ claim }) => claim?.attempt ?? "");
      const lost = await this.#runFor(markDigestScript, group, {
        ...{ uuid: msgUuid, robot: this.#target, attempts },
      });
      if (!Array.isArray(lost)) return true;
      for (const place of lost) group[Number(place)]?.claim?.lose();
      return lost.length === 0;
    });
    await kept;
    return (await Promise.all(marked)).every(Boolean);
  }

  /** Called when a digest of another replica has arrived. */
  async markArrived(msgUuid: string): Promise<void> {
    await this.keepDigest(msgUuid, "", []);
  }

  /** Called when a digest has surely not arrived: its messages go into other digests. */
  async dropDigest(msgUuid: string, records: readonly MessageRecord[]): Promise<void> {
    const dropped = this.#redis.run(dropDigestScript, [this.#keyOf(msgUuid)], {});
    const unmarked = groupsOf(records).map((group) =>
      this.#runFor(unmarkDigestScript, group, { uuid: msgUuid }),
    );
    await Promise.all([dropped, ...unmarked]);
  }

  /** The digest as JSON, empty if it is known to have arrived, undefined if nobody knows it. */
  async readDigest(msgUuid: string): Promise<string | undefined> {
    const json = await this.#redis.run(readDigestScript, [this.#keyOf(msgUuid)], {});
    return typeof json === "string" ? json : undefined;
  }

  #runFor(script: RedisScript, records: readonly MessageRecord[], given: object): Promise<unknown> {
    const keys = records.flatMap(({ redisKey }) => redisKey ?? []);
    return this.#redis.run(script, keys, given);
  }

  #keyOf(msgUuid: string): string {
    return `${targetPrefix(this.#target)}digest:${msgUuid}`;
  }
}

/** The records that other replicas can see, by the node of a cluster that keeps them. */
function groupsOf(records: readonly MessageRecord[]): readonly MessageRecord[][] {
  const groups = new Map<string, MessageRecord[]>();
  for (const record of records) {
    if (record.redisKey === undefined) continue;
    const prefix = prefixOf(record.redisKey);
    groups.set(prefix, [...(groups.get(prefix) ?? []), record]);
  }
  return [...groups.values()];
}
