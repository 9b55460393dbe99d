import type { ServerResponse } from "node:http";
import type { Clock } from "../../src/base/clock.ts";
import { listPieces, writePaced } from "../http/paced-writer.ts";
import { maxEntries } from "../rooms/entry-log.ts";
import type { Room } from "../rooms/room.ts";
import { inOrder, type Rooms } from "../rooms/rooms.ts";
import { maskEntry, maskState, maskUnmatched } from "./masking.ts";
import type { Entry, RobotState, Snapshot, StreamEvents } from "./types.ts";

const heartbeatMs = 15_000;
/** How long a browser waits before it connects again. */
const retryMs = 1000;

/** What a stream of events shows, and since when. */
export interface StreamOptions {
  readonly rooms: Rooms;
  readonly clock: Clock;
  /** Differs from run to run of the sandbox; the ids of events begin with it. */
  readonly runId: string;
  /** Undefined shows the entries of all rooms. */
  readonly token: string | undefined;
  /** The `id:` of the last event that the browser got; undefined for a new browser. */
  readonly lastEventId: string | undefined;
}

/**
 * One browser's stream of events. The stream queues no events: when the browser has read everything,
 * the stream sends what changed since the last revision that it sent. It looks each entry up when the
 * browser is ready for it, so a browser that does not read costs one entry of memory. A browser that
 * connects again misses nothing.
 */
export class EventStream {
  readonly #options: StreamOptions;
  readonly #response: ServerResponse;
  /** The revision that was sent last; undefined until the snapshot is sent. */
  #sent: number | undefined;
  #isScheduled = false;
  #isSending = false;
  #cancelHeartbeat = (): void => {};

  constructor(response: ServerResponse, options: StreamOptions) {
    this.#response = response;
    this.#options = options;
    this.#sent = readEventId(options);
  }

  /** Sends until the browser closes the connection. */
  start(): void {
    const { rooms } = this.#options;
    this.#response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
    this.#response.write(`retry: ${retryMs}\n\n`);
    const stopListening = rooms.onChange(() => this.#schedule());
    this.#response.on("close", () => {
      stopListening();
      this.#cancelHeartbeat();
    });
    this.#beat();
    void this.#send();
  }

  /** Changes of one turn of the event loop are sent together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      void this.#send();
    });
  }

  async #send(): Promise<void> {
    if (this.#response.destroyed || this.#isSending) return;
    this.#isSending = true;
    try {
      await writePaced(this.#response, this.#news());
    } finally {
      this.#isSending = false;
    }
    if (this.#sent !== this.#options.rooms.revision) this.#schedule();
  }

  #news(): Iterable<string> {
    const since = this.#sent;
    this.#sent = this.#options.rooms.revision;
    if (since === undefined) return this.#snapshot(this.#sent);
    return since < this.#sent ? this.#changes(since, this.#sent) : [];
  }

  *#changes(since: number, upTo: number): Generator<string> {
    const { rooms, token } = this.#options;
    const changes = rooms.all.map((room) => ({ room, ...room.changesSince(since) }));
    const shown = changes.filter(({ room }) => token === undefined || room.token === token);
    const ids = idsOf(shown.flatMap(({ entries }) => entries));
    const changedRooms = changes.filter(({ isStateChanged }) => isStateChanged);
    const cleared = shown.flatMap((change) => change.cleared ?? []);
    // The ids name the revision before the changes: if the connection breaks in between, the browser
    // gets all of them again.
    for (const each of cleared) yield this.#event("cleared", each, since);
    for (const entry of this.#lookUp(ids)) yield this.#event("entry", entry, since);
    const { unmatched } = rooms;
    if (unmatched.revision > since) {
      yield this.#event("unmatched", unmatched.all.map(maskUnmatched), since);
    }
    for (const { room } of changedRooms) yield this.#event("robot", this.#stateOf(room), since);
    // An id without data sets the browser's Last-Event-ID and causes no event.
    yield `id: ${this.#id(upTo)}\n\n`;
  }

  *#snapshot(revision: number): Generator<string> {
    const { rooms, token, clock } = this.#options;
    const ids = idsOf(rooms.entries(token));
    const now = new Date(clock.now()).toISOString();
    const { isOpen } = rooms;
    const unmatched = rooms.unmatched.all.map(maskUnmatched);
    const head = { now, isOpen, maxEntries, unmatched } satisfies Omit<
      Snapshot,
      "robots" | "entries"
    >;
    yield `id: ${this.#id(revision)}\nevent: snapshot\ndata: ${JSON.stringify(head).slice(0, -1)}`;
    yield ',"robots":';
    yield* listPieces(rooms.all.map((room) => this.#stateOf(room)));
    yield ',"entries":';
    yield* listPieces(this.#lookUp(ids));
    yield "}\n\n";
  }

  /** The entries with these ids as they are now, without those that have left their room. */
  *#lookUp(ids: readonly EntryId[]): Generator<Entry> {
    for (const { id, token } of ids) {
      const entry = this.#options.rooms.find(token)?.find(id);
      if (entry !== undefined) yield maskEntry(entry);
    }
  }

  #stateOf(room: Room): RobotState {
    return maskState(room.state(this.#options.clock.now()));
  }

  #event<Name extends keyof StreamEvents>(
    event: Name,
    data: StreamEvents[Name],
    revision: number,
  ): string {
    return `id: ${this.#id(revision)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  #id(revision: number): string {
    return `${this.#options.runId}-${revision}`;
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#options.clock.after(heartbeatMs, () => {
      // A comment in the middle of an event would break the event.
      if (!this.#isSending) this.#response.write(":\n\n");
      this.#beat();
    });
  }
}

type EntryId = Pick<Entry, "id" | "token">;

/** Holds no entries, which would stay in memory until the browser has read them. */
function idsOf(entries: readonly Entry[]): EntryId[] {
  return inOrder(entries).map(({ id, token }) => ({ id, token }));
}

/** The revision of an event id; undefined without an id or for the id of another run. */
function readEventId({ runId, lastEventId, rooms }: StreamOptions): number | undefined {
  const [run, revision = ""] = (lastEventId ?? "").split("-");
  if (run !== runId || !/^\d{1,15}$/.test(revision)) return undefined;
  return Math.min(Number(revision), rooms.revision);
}
