import type {
  Cleared,
  Connection,
  Entry,
  Fault,
  HumanSettings,
  RobotState,
  Rules,
} from "../api/types.ts";
import { defaultHuman } from "../robot/default-human.ts";
import { type FaultMoment, Faults } from "../robot/faults.ts";
import { MonthlyCount } from "../robot/monthly-count.ts";
import { type RobotSettings, toRules, toSettings } from "../robot/settings.ts";
import { Throttle } from "../robot/throttle.ts";
import { withoutWaiting } from "./entry.ts";
import { EntryLog } from "./entry-log.ts";

/** What happened in a room after a revision. */
export interface RoomChanges {
  readonly cleared: Cleared | undefined;
  /** In the order of their ids. */
  readonly entries: readonly Entry[];
  readonly isStateChanged: boolean;
}

const unchanged: RoomChanges = { cleared: undefined, entries: [], isStateChanged: false };

/** What a room is made from, beside its robot. */
export interface RoomOptions {
  /** True if the robot was made while the sandbox ran. */
  readonly isOpened: boolean;
  /** Returns the revision of the next change. Revisions count up over all rooms. */
  readonly nextRevision: () => number;
  /** Returns the connections that were opened with a Client ID. */
  readonly connectionsOf: (clientId: string) => readonly Connection[];
}

/** The room of one robot: its entries, and how the robot judges. */
export class Room {
  readonly token: string;
  readonly isOpened: boolean;
  readonly throttle: Throttle;
  readonly #nextRevision: () => number;
  readonly #connectionsOf: RoomOptions["connectionsOf"];
  readonly #log = new EntryLog();
  readonly #faults = new Faults();
  readonly #monthlyCount = new MonthlyCount();
  #rules: Rules;
  #human: HumanSettings;
  #stateRevision: number;
  #cleared: { readonly upToId: string; readonly revision: number } | undefined;

  constructor(robot: RobotSettings, { isOpened, nextRevision, connectionsOf }: RoomOptions) {
    this.token = robot.token;
    this.isOpened = isOpened;
    this.#rules = toRules(robot);
    this.#human = defaultHuman(robot);
    this.throttle = new Throttle(this.#rules);
    this.#nextRevision = nextRevision;
    this.#connectionsOf = connectionsOf;
    this.#stateRevision = nextRevision();
  }

  /** The robot with its present rules. */
  get robot(): RobotSettings {
    return toSettings(this.token, this.#rules);
  }

  get rules(): Rules {
    return this.#rules;
  }

  get human(): HumanSettings {
    return this.#human;
  }

  /** In the order of their ids. */
  get entries(): readonly Entry[] {
    return this.#log.entries;
  }

  /** Undefined in an empty room. */
  get oldestId(): string | undefined {
    return this.#log.oldestId;
  }

  /** About how much memory the entries take. */
  get bytes(): number {
    return this.#log.bytes;
  }

  /** Forgets the oldest entry. Returns how much memory it took, in bytes. */
  dropOldest(): number {
    return this.#log.dropOldest();
  }

  find(id: string): Entry | undefined {
    return this.#log.find(id);
  }

  /** Sets all rules. A running penalty ends if the limit changes. */
  setRules(rules: Rules): void {
    const { messagesPerMinute, penaltySeconds } = this.#rules;
    const isSameLimit =
      messagesPerMinute === rules.messagesPerMinute && penaltySeconds === rules.penaltySeconds;
    if (!isSameLimit) this.throttle.change(rules);
    this.#rules = rules;
    this.touch();
  }

  setFaults(faults: readonly Fault[]): void {
    this.#faults.set(faults);
    this.touch();
  }

  setHuman(human: HumanSettings): void {
    this.#human = human;
    this.touch();
  }

  /** See {@link Faults.take}. */
  takeFault(moment: FaultMoment, random: () => number) {
    const before = this.#faults.list;
    const fault = this.#faults.take(moment, random);
    if (this.#faults.list !== before) this.touch();
    return fault;
  }

  /** Marks the state as changed. */
  touch(): void {
    this.#stateRevision = this.#nextRevision();
  }

  /** Whether the month's quota is used up. */
  isOverQuota(now: number): boolean {
    const { monthlyQuota } = this.#rules;
    return monthlyQuota !== null && this.#monthlyCount.at(now) >= monthlyQuota;
  }

  /** Whether a message with this `msgUuid` was accepted before. */
  isRepeated(msgUuid: string | null): boolean {
    return this.#log.isRepeated(msgUuid);
  }

  /** The entry that a request makes or changes; undefined for a repeat without an entry. */
  join(entry: Entry): Entry | undefined {
    return this.#log.join(entry, isRepeat(entry));
  }

  /** Keeps a request, and shows the entry that {@link join} returned for it. */
  record(entry: Entry, shown: Entry | undefined, now: number): void {
    if (!isRepeat(entry)) this.#count(entry, now);
    if (shown === undefined) this.touch();
    else this.put(shown);
  }

  /** Puts an entry of an earlier run back. */
  restore(entry: Entry): void {
    this.#count(entry, Date.parse(entry.receivedAt));
    this.put(withoutWaiting(entry));
  }

  /** Adds an entry, or replaces the one with its id. */
  put(entry: Entry): void {
    this.#log.put(entry, this.#nextRevision());
    this.touch();
  }

  /** @param upToId the newest id of all rooms */
  clear(upToId: string): void {
    this.#log.clear();
    this.#cleared = { upToId, revision: this.#nextRevision() };
    this.touch();
  }

  /** @param now milliseconds since 1970 */
  state(now: number): RobotState {
    const endsAt = this.throttle.penaltyEndsAt(now);
    return {
      token: this.token,
      isOpened: this.isOpened,
      rules: this.#rules,
      faults: this.#faults.list,
      penaltyEndsAt: endsAt === undefined ? null : new Date(endsAt).toISOString(),
      monthlyCount: this.#monthlyCount.at(now),
      entryCount: this.#log.size,
      human: this.#human,
      connections: this.#connectionsOf(this.#human.clientId),
    };
  }

  /** What happened after a revision. Revision 0 is before everything. */
  changesSince(revision: number): RoomChanges {
    // Every change of an entry also changes the state. Most rooms have not changed.
    if (this.#stateRevision <= revision) return unchanged;
    const isCleared = this.#cleared !== undefined && this.#cleared.revision > revision;
    return {
      cleared: isCleared ? { token: this.token, upToId: this.#cleared?.upToId ?? "0" } : undefined,
      entries: this.#log.since(revision),
      isStateChanged: true,
    };
  }

  #count({ kind, outcome }: Entry, time: number): void {
    if (kind === "message" && outcome === "accepted") this.#monthlyCount.add(time);
  }
}

function isRepeat({ attempts }: Entry): boolean {
  return attempts.some((attempt) => attempt.isRepeat);
}
