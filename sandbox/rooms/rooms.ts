import type { Connection, Entry, FaultEffect, ReceivedMessage } from "../api/types.ts";
import type { FaultMoment } from "../robot/faults.ts";
import type { RobotSettings } from "../robot/settings.ts";
import { Room } from "./room.ts";
import { streamRefusals, type UnmatchedRequest, UnmatchedRequests } from "./unmatched-requests.ts";

/** How many robots may be made while the sandbox runs. One more removes the oldest of these. */
const maxOpened = 1000;

/** A thousand robots with a thousand messages each would take 60 GB. */
const defaultMaxBytes = 256 * 1024 * 1024;

/** Keeps entries beyond the end of the process. */
export interface EntryStore {
  /** Keeps an entry that is new or changed. Throws if it cannot. */
  put(entry: Entry): void;
  /** Forgets the entries of a room. Throws if it cannot. */
  cleared(token: string): void;
}

/** What rooms are made from. */
export interface RoomsOptions {
  readonly robots: readonly RobotSettings[];
  /** True if an unknown token makes a robot. */
  readonly isOpen: boolean;
  /** How much memory the entries of all rooms may take, in bytes. Default: 256 MiB. */
  readonly maxBytes?: number;
  /** Returns the connections that were opened with a Client ID. Default: none. */
  readonly connectionsOf?: (clientId: string) => readonly Connection[];
}

/** The rooms of all robots of a sandbox. */
export class Rooms {
  readonly isOpen: boolean;
  readonly unmatched: UnmatchedRequests;
  readonly #maxBytes: number;
  readonly #connectionsOf: (clientId: string) => readonly Connection[];
  readonly #rooms = new Map<string, Room>();
  readonly #listeners = new Set<() => void>();
  #store: EntryStore | undefined;
  #revision = 0;
  #lastId = 0;

  constructor(options: RoomsOptions) {
    const { robots, isOpen, maxBytes = defaultMaxBytes, connectionsOf = () => [] } = options;
    this.#maxBytes = maxBytes;
    this.#connectionsOf = connectionsOf;
    this.unmatched = new UnmatchedRequests(this.#nextRevision);
    for (const robot of robots) this.#add(robot, { isOpened: false });
    this.isOpen = isOpen;
  }

  /** The number of changes so far. */
  get revision(): number {
    return this.#revision;
  }

  get all(): readonly Room[] {
    return [...this.#rooms.values()];
  }

  find(token: string): Room | undefined {
    return this.#rooms.get(token);
  }

  /** Finds a room. An unknown token makes a robot if the sandbox is open. */
  findOrOpen(token: string): Room | undefined {
    return this.find(token) ?? (this.isOpen ? this.#open(token) : undefined);
  }

  /** Finds a room, or makes a robot without security. */
  findOrMake(token: string): Room {
    const room = this.find(token) ?? this.#open(token);
    this.#changed();
    return room;
  }

  /** Counts a request that found no room. */
  noteUnmatched(request: UnmatchedRequest, now: number): void {
    this.unmatched.add(request, now);
    this.#changed();
  }

  /** Forgets that a Client ID was refused, because its program is let in. */
  forgetStreamRefusals(clientId: string): void {
    for (const via of streamRefusals) this.unmatched.forget({ via, token: clientId });
    this.#changed();
  }

  /** Forgets the requests that found no room. */
  forgetUnmatched(): void {
    this.unmatched.clear();
    this.#changed();
  }

  /** Puts the entries of an earlier run back. A robot that is unknown now is made again. */
  restore(entries: readonly Entry[]): void {
    for (const entry of entries) {
      (this.find(entry.token) ?? this.#open(entry.token)).restore(entry);
      this.#lastId = Math.max(this.#lastId, Number(entry.id));
      this.#trim();
    }
  }

  /** Sends every later change of an entry to a store. */
  keepIn(store: EntryStore): void {
    this.#store = store;
  }

  /** The id of the next entry. */
  nextId(): string {
    this.#lastId += 1;
    return String(this.#lastId);
  }

  /**
   * Keeps an entry in its room, or joins it to the entry with its `msgUuid`. When the store fails,
   * the room does not show the entry either: its sender hears that the message was not taken.
   */
  record(room: Room, entry: Entry, now: number): void {
    const shown = room.join(entry);
    if (shown !== undefined) this.#store?.put(shown);
    room.record(entry, shown, now);
    this.#trim();
    this.#changed();
  }

  /** Replaces an entry, unless the room was cleared meanwhile. Also when the store fails. */
  update(room: Room, entry: Entry): void {
    if (room.find(entry.id) === undefined) return;
    room.put(entry);
    this.#changed();
    this.#store?.put(entry);
  }

  /** Changes the settings of a robot. */
  configure(room: Room, change: (room: Room) => void): void {
    change(room);
    this.#forgetUnmatched(room);
    this.#changed();
  }

  /** The rooms of the robots with a Client ID. */
  ofClient(clientId: string): readonly Room[] {
    return this.all.filter(({ human }) => human.clientId === clientId);
  }

  /** Takes a fault of a robot, and tells that the list of its faults may be shorter now. */
  takeFault(room: Room, moment: FaultMoment, random: () => number): FaultEffect | undefined {
    const effect = room.takeFault(moment, random);
    if (effect !== undefined) this.#changed();
    return effect;
  }

  /** Forgets the entries of one robot; for undefined, those of all and what found no room. */
  clear(token?: string): void {
    for (const room of this.selected(token)) {
      this.#store?.cleared(room.token);
      room.clear(String(this.#lastId));
    }
    if (token === undefined) this.unmatched.clear();
    this.#changed();
  }

  /** Entries of one robot or of all, in the order of their ids. */
  entries(token?: string): readonly Entry[] {
    return inOrder(this.selected(token).flatMap((room) => room.entries));
  }

  /** Entries of one robot or of all that are new or changed after a revision. */
  entriesSince(revision: number, token?: string): readonly Entry[] {
    return this.selected(token).flatMap((room) => room.changesSince(revision).entries);
  }

  /** The room of one robot, or all rooms for undefined. */
  selected(token: string | undefined): readonly Room[] {
    return token === undefined ? this.all : this.all.filter((room) => room.token === token);
  }

  /** Calls after every change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets the oldest entries of all rooms until the rest is small enough. */
  #trim(): void {
    let bytes = this.all.reduce((sum, room) => sum + room.bytes, 0);
    while (bytes > this.#maxBytes) {
      const [first, ...others] = this.all.filter((room) => room.oldestId !== undefined);
      if (first === undefined) return;
      const oldest = others.reduce((one, other) => (isOlder(other, one) ? other : one), first);
      bytes -= oldest.dropOldest();
    }
  }

  #open(token: string): Room {
    const opened = this.all.filter((room) => room.isOpened);
    const [oldest] = opened;
    if (oldest !== undefined && opened.length >= maxOpened) this.#rooms.delete(oldest.token);
    return this.#add({ token }, { isOpened: true });
  }

  #add(robot: RobotSettings, { isOpened }: { isOpened: boolean }): Room {
    const room = new Room(robot, {
      isOpened,
      nextRevision: this.#nextRevision,
      connectionsOf: this.#connectionsOf,
    });
    this.#rooms.set(robot.token, room);
    this.#forgetUnmatched(room);
    return room;
  }

  /** What found no room before finds this one now. */
  #forgetUnmatched({ token, human }: Room): void {
    this.unmatched.forget({ via: "robot-send", token });
    for (const via of streamRefusals) this.unmatched.forget({ via, token: human.clientId });
  }

  readonly #nextRevision = (): number => {
    this.#revision += 1;
    return this.#revision;
  };

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function isOlder(one: Room, other: Room): boolean {
  return Number(one.oldestId) < Number(other.oldestId);
}

/** The entries in the order of their ids. */
export function inOrder(entries: readonly Entry[]): Entry[] {
  return [...entries].sort((one, other) => Number(one.id) - Number(other.id));
}

/** The accepted messages among entries, as tests read them. */
export function receivedMessages(entries: readonly Entry[]): ReceivedMessage[] {
  return entries.flatMap(({ id, token, receivedAt, kind, outcome, message, request }) => {
    if (kind === "human" || outcome !== "accepted" || message === null) return [];
    // Reversed, because the last of two equal names wins here, and the first one counts in the checks.
    const query = Object.fromEntries([...(request?.query ?? [])].reverse());
    return [{ id, token, receivedAt, message, query, headers: request?.headers ?? {} }];
  });
}
