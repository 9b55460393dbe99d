import { Cancellation, type CancelSignal } from "../base/cancellation.ts";
import type { Clock } from "../base/clock.ts";
import { RobotRefusedError } from "../dingtalk/errors.ts";
import { keyOf, type MessageIdentity } from "./message-key.ts";
import type { Deliver, Parcel } from "./record.ts";
import type { SharedMemory } from "./redis/shared-records.ts";

/** How a message is remembered. */
export interface Keeping {
  readonly signal: CancelSignal;
  readonly keepForMs: number;
  /** Where other replicas remember it too. */
  readonly shared?: SharedMemory | undefined;
  /** Told when the call is a repeat, for which nothing is done. */
  readonly onDuplicate?: (() => void) | undefined;
}

interface Attempt {
  readonly outcome: Promise<void>;
  /** Aborts the work when the last caller has gone. */
  readonly cancellation: Cancellation;
  callers: number;
}

interface Memory extends Parcel {
  expiresAt: number;
  readonly isAppKey: boolean;
  readonly scope: string;
  attempt: Attempt | undefined;
  sent: boolean;
  refusal: RobotRefusedError | undefined;
}

/** More are not kept; the oldest is forgotten first. */
const maxMemories = 50_000;

/** Recognises repeats of a message. */
export class Once {
  readonly #clock: Clock;
  readonly #createUuid: () => string;
  /** By key, oldest first. */
  readonly #memories = new Map<string, Memory>();
  /** When each scope was configured; refusals from before, also other replicas', are void. */
  readonly #configuredAt = new Map<string, number>();

  constructor(clock: Clock, createUuid: () => string) {
    this.#clock = clock;
    this.#createUuid = createUuid;
  }

  /**
   * Delivers a message unless it is a repeat, which joins the running attempt or gets the former
   * outcome. A repeat of an attempt with an unknown outcome is delivered under the same msgUuid.
   *
   * Without a key of the app's, a call counts as a repeat only while it can be daprd's own retry:
   * what was answered with success is forgotten, an app may say the same thing twice.
   */
  async deliver(
    identity: MessageIdentity,
    { signal, keepForMs, shared, onDuplicate = () => {} }: Keeping,
    work: Deliver,
  ): Promise<void> {
    const key = keyOf(identity);
    const recalled = this.#recall(key, identity, keepForMs);
    const memory = recalled instanceof Promise ? await recalled : recalled;
    if (memory.sent || memory.refusal !== undefined || memory.attempt !== undefined) onDuplicate();
    if (memory.refusal !== undefined) throw memory.refusal;
    if (!memory.sent) {
      const shareWork: Deliver =
        shared === undefined
          ? work
          : (parcel, all) => {
              const { isAppKey, scope } = memory;
              const configuredForMs = this.#clock.now() - (this.#configuredAt.get(scope) ?? 0);
              const message = { key, isAppKey, keepForMs, configuredForMs, onDuplicate };
              return shared.deliver(message, parcel, all, work);
            };
      memory.attempt ??= start(memory, shareWork, () => this.#keepOn(key, memory, keepForMs));
      await join(memory.attempt, signal);
    }
    if (!memory.isAppKey) this.#forgetAnswered(key, memory, signal);
  }

  /** A repeat comes after the outcome, however long that took. */
  #keepOn(key: string, memory: Memory, keepForMs: number): void {
    if (this.#memories.get(key) !== memory) return;
    this.#memories.delete(key);
    memory.expiresAt = this.#clock.now() + keepForMs;
    this.#memories.set(key, memory);
  }

  /** A new configuration may have mended what was refused. */
  forgetRefusals(scope: string): void {
    this.#configuredAt.set(scope, this.#clock.now());
    for (const [key, memory] of this.#memories) {
      if (memory.scope === scope && memory.refusal !== undefined) this.#memories.delete(key);
    }
  }

  /** The memory of the message, a new one if there is none that counts. */
  #recall(key: string, identity: MessageIdentity, keepForMs: number): Memory | Promise<Memory> {
    this.#dropExpired();
    const memory = this.#memories.get(key);
    if (memory === undefined) return this.#remember(key, identity, keepForMs);
    const { attempt } = memory;
    if (!attempt?.cancellation.aborted) return memory;
    // Its callers have gone; what became of it is known in a moment.
    return attempt.outcome.catch(() => {}).then(() => this.#recall(key, identity, keepForMs));
  }

  #remember(key: string, { scope, appKey }: MessageIdentity, keepForMs: number): Memory {
    const memory: Memory = {
      msgUuid: appKey ?? this.#createUuid(),
      partsSent: 0,
      expiresAt: this.#clock.now() + keepForMs,
      isAppKey: appKey !== undefined,
      scope,
      attempt: undefined,
      sent: false,
      refusal: undefined,
    };
    this.#memories.set(key, memory);
    return memory;
  }

  /** Unless the answer could not reach daprd, which then asks again. */
  #forgetAnswered(key: string, memory: Memory, signal: CancelSignal): void {
    if (signal.aborted || this.#memories.get(key) !== memory) return;
    this.#memories.delete(key);
  }

  #dropExpired(): void {
    const now = this.#clock.now();
    for (const [key, memory] of this.#memories) {
      if (memory.expiresAt > now && this.#memories.size <= maxMemories) break;
      if (memory.attempt !== undefined) break;
      this.#memories.delete(key);
    }
  }
}

function start(memory: Memory, work: Deliver, ended: () => void): Attempt {
  const cancellation = new Cancellation();
  const outcome = run(memory, work, cancellation, ended);
  // Every caller may have gone by then.
  outcome.catch(() => {});
  return { outcome, cancellation, callers: 0 };
}

async function run(
  memory: Memory,
  work: Deliver,
  cancellation: Cancellation,
  ended: () => void,
): Promise<void> {
  try {
    await work(memory, cancellation);
    memory.sent = true;
  } catch (error) {
    if (error instanceof RobotRefusedError && error.isPermanent) memory.refusal = error;
    throw error;
  } finally {
    memory.attempt = undefined;
    ended();
  }
}

async function join(attempt: Attempt, signal: CancelSignal): Promise<void> {
  attempt.callers += 1;
  const onAbort = (): void => {
    attempt.callers -= 1;
    if (attempt.callers === 0) attempt.cancellation.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  try {
    await attempt.outcome;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
