import type { Callback, Entry, Push, PushRemarkCode, Remark } from "../api/types.ts";
import { remark } from "../robot/remark.ts";
import type { SandboxDeps } from "../rooms/receive.ts";
import type { Room } from "../rooms/room.ts";

const maxPushes = 100;

/** One human's message on its way to the robot's program: its entry keeps what became of it. */
export class Delivery {
  readonly deps: SandboxDeps;
  readonly room: Room;
  readonly #entryId: string;

  constructor(deps: SandboxDeps, room: Room, entryId: string) {
    this.deps = deps;
    this.room = room;
    this.#entryId = entryId;
  }

  get entryId(): string {
    return this.#entryId;
  }

  /** Undefined if the room was cleared. Nothing more is pushed then. */
  get entry(): Entry | undefined {
    return this.room.find(this.#entryId);
  }

  get callback(): Callback | undefined {
    return this.entry?.callback ?? undefined;
  }

  /** Changes fields of the callback. */
  change(fields: Partial<Callback>): void {
    const { entry, callback } = this;
    if (entry === undefined || callback === undefined) return;
    this.deps.rooms.update(this.room, { ...entry, callback: { ...callback, ...fields } });
  }

  /** Adds a copy. The returned object changes it. */
  addPush(facts: Pick<Push, "connection" | "messageId" | "fault">): PushRecord {
    const { clock } = this.deps;
    const startedAt = clock.elapsed();
    const pushedAt = new Date(clock.now()).toISOString();
    let push: Push = { pushedAt, ...facts, code: null, durationMs: null, remarks: [] };
    this.change({ pushes: [...(this.callback?.pushes ?? []), push].slice(-maxPushes) });
    const change = (fields: Partial<Push>, others: Partial<Callback> = {}) => {
      const changed = { ...push, ...fields };
      const pushes = this.callback?.pushes.map((each) => (each === push ? changed : each));
      push = changed;
      if (pushes !== undefined) this.change({ ...others, pushes });
    };
    return {
      elapsedMs: () => clock.elapsed() - startedAt,
      change,
      remark: (added) => {
        if (push.remarks.some(({ code }) => code === added.code)) return;
        change({ remarks: [...push.remarks, added] });
      },
    };
  }
}

/** Changes one copy of a message in its entry. */
export interface PushRecord {
  /** Milliseconds since the push. */
  elapsedMs(): number;
  /** Changes fields of the copy, and of the callback together with them. */
  change(fields: Partial<Push>, others?: Partial<Callback>): void;
  /** Adds a remark, unless the copy has one with this code. */
  remark(added: Remark<PushRemarkCode>): void;
}

/** The remark for something that took longer than DingTalk waits. */
export function lateRemark(
  code: "ack-late" | "answer-late",
  { ms, maxMs }: { ms: number; maxMs: number },
): Remark<PushRemarkCode> {
  const text =
    code === "ack-late"
      ? `no ack came within ${maxMs / 1000} seconds`
      : `the answer took ${ms} ms; DingTalk would have given up after ${maxMs} ms`;
  return remark(code, text, { ms, maxMs });
}
