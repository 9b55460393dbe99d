import type { ServerResponse } from "node:http";
import type { Clock } from "../../src/base/clock.ts";
import { maxEntries } from "../rooms/entry-log.ts";
import { inOrder, type Rooms } from "../rooms/rooms.ts";
import { maskEntry, maskState } from "./masking.ts";
import type { Snapshot, StreamEvents } from "./types.ts";

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
 * the stream sends what changed since the last revision that it sent. So a slow browser costs no
 * memory, and a browser that connects again misses nothing.
 */
export class EventStream {
  readonly #options: StreamOptions;
  readonly #response: ServerResponse;
  /** The revision that was sent last; undefined until the snapshot is sent. */
  #sent: number | undefined;
  #isScheduled = false;
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
    this.#response.on("drain", () => this.#schedule());
    this.#response.on("close", () => {
      stopListening();
      this.#cancelHeartbeat();
    });
    this.#beat();
    this.#send();
  }

  /** Changes of one turn of the event loop are sent together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#response.destroyed || this.#response.writableNeedDrain) return;
    const since = this.#sent;
    this.#sent = this.#options.rooms.revision;
    if (since === undefined) this.#write("snapshot", this.#snapshot());
    else if (since < this.#sent) this.#sendChanges(since);
  }

  #sendChanges(since: number): void {
    const { rooms, token, clock } = this.#options;
    const changes = rooms.all.map((room) => ({ room, ...room.changesSince(since) }));
    const shown = changes.filter(({ room }) => token === undefined || room.token === token);
    // The ids name the revision before the changes: if the connection breaks in between, the browser
    // gets all of them again.
    for (const { cleared } of shown) if (cleared) this.#write("cleared", cleared, since);
    for (const entry of inOrder(shown.flatMap(({ entries }) => entries))) {
      this.#write("entry", maskEntry(entry), since);
    }
    for (const { room, isStateChanged } of changes) {
      if (isStateChanged) this.#write("robot", maskState(room.state(clock.now())), since);
    }
    // An id without data sets the browser's Last-Event-ID and causes no event.
    this.#response.write(`id: ${this.#id(this.#sent)}\n\n`);
  }

  #snapshot(): Snapshot {
    const { rooms, token, clock } = this.#options;
    const now = clock.now();
    return {
      now: new Date(now).toISOString(),
      isOpen: rooms.isOpen,
      maxEntries,
      robots: rooms.all.map((room) => maskState(room.state(now))),
      entries: rooms.entries(token).map(maskEntry),
    };
  }

  #write<Name extends keyof StreamEvents>(
    event: Name,
    data: StreamEvents[Name],
    revision = this.#sent,
  ): void {
    this.#response.write(
      `id: ${this.#id(revision)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    );
  }

  #id(revision: number | undefined): string {
    return `${this.#options.runId}-${revision}`;
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#options.clock.after(heartbeatMs, () => {
      this.#response.write(":\n\n");
      this.#beat();
    });
  }
}

/** The revision of an event id; undefined without an id or for the id of another run. */
function readEventId({ runId, lastEventId, rooms }: StreamOptions): number | undefined {
  const [run, revision = ""] = (lastEventId ?? "").split("-");
  if (run !== runId || !/^\d{1,15}$/.test(revision)) return undefined;
  return Math.min(Number(revision), rooms.revision);
}
