import { parseMessage, type RobotMessage } from "../../dingtalk/message.ts";
import { type Parcel, recordKeysOf } from "../record.ts";
import { keepDigestScript, markPostedScript, readDigestScript } from "./record-scripts.ts";
import type { SharedRedis } from "./redis.ts";
import { sharedKey } from "./redis-script.ts";

/** A digest that may have been posted. */
export interface KeptDigest {
  readonly message: RobotMessage;
  readonly msgUuid: string;
  /** Whether an attempt of this process may have brought it. */
  mayHaveArrived?: boolean;
}

/** As long as daprd may come back with one of its messages. */
const keepForMs = 600_000;

/** What is on its way to a robot, for the replica that daprd asks again after one was killed. */
export class PostStore {
  readonly #redis: SharedRedis;
  readonly #robot: string;

  /** @param robot the robot's name */
  constructor(redis: SharedRedis, robot: string) {
    this.#redis = redis;
    this.#robot = robot;
  }

  /** Before its POST. */
  async markPosted({ recordKey }: Parcel): Promise<void> {
    if (recordKey === undefined) return;
    await this.#redis.run(markPostedScript, [recordKey], { robot: this.#robot });
  }

  /** Before the digest's POST. */
  async keep({ message, msgUuid }: KeptDigest, parcels: readonly Parcel[]): Promise<void> {
    const records = parcels.flatMap(recordKeysOf);
    const given = { json: message.json, uuid: msgUuid, robot: this.#robot, keepForMs };
    await this.#redis.run(keepDigestScript, [digestKey(msgUuid), ...records], given);
  }

  async markArrived(msgUuid: string): Promise<void> {
    const given = { json: "", uuid: msgUuid, robot: this.#robot, keepForMs };
    await this.#redis.run(keepDigestScript, [digestKey(msgUuid)], given);
  }

  /** Undefined where it is not known any more. */
  async read(msgUuid: string): Promise<KeptDigest | "arrived" | undefined> {
    const json = await this.#redis.run(readDigestScript, [digestKey(msgUuid)], {});
    if (typeof json !== "string") return undefined;
    return json === "" ? "arrived" : { message: parseMessage(Buffer.from(json)), msgUuid };
  }
}

function digestKey(msgUuid: string): string {
  return sharedKey("digest", msgUuid);
}
