import type { Clock } from "../../src/base/clock.ts";
import type { Connection as ConnectionState, PushRemarkCode, Remark } from "../api/types.ts";
import { remark } from "../robot/remark.ts";
import type { Timers } from "../timers.ts";
import { StreamConnection, type Wire } from "./connection.ts";
import { type Ack, readAck } from "./frames.ts";
import { type OpenFacts, Tickets } from "./tickets.ts";

/** More connections than this are a mistake or an attack. */
export const maxConnections = 1000;
const maxPushes = 10_000;

/** A frame with a message that was pushed, and who hears of its ack. */
export interface PushedFrame {
  readonly connection: StreamConnection;
  readonly messageId: string;
  /** Called for the first ack that comes on the right connection. */
  onAck(ack: Ack): void;
  onRemark(remark: Remark<PushRemarkCode>): void;
}

interface ConnectionsDeps {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Called when connections with this Client ID have changed. */
  readonly onChange: (clientId: string) => void;
}

/** The connections of all robots' programs, and the frames whose acks they may bring. */
export class Connections {
  readonly tickets = new Tickets();
  readonly #deps: ConnectionsDeps;
  readonly #connections = new Set<StreamConnection>();
  readonly #pushes = new Map<string, PushedFrame & { isAcked: boolean }>();

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
  }

  get isFull(): boolean {
    return this.#connections.size >= maxConnections;
  }

  /** Takes a connection in. */
  add(facts: OpenFacts, wire: Wire): StreamConnection {
    const events = {
      onText: (from: StreamConnection, text: string) => this.#read(from, text),
      onChange: (changed: StreamConnection) => {
        if (changed.state === undefined) this.#connections.delete(changed);
        this.#deps.onChange(facts.clientId);
      },
    };
    const connection = new StreamConnection(facts, wire, { ...this.#deps, events });
    this.#connections.add(connection);
    this.#deps.onChange(facts.clientId);
    return connection;
  }

  find(id: string): StreamConnection | undefined {
    return [...this.#connections].find((connection) => connection.id === id);
  }

  /** The connections with a Client ID, oldest first. */
  statesOf(clientId: string): readonly ConnectionState[] {
    return this.#ofClient(clientId).flatMap(({ state }) => state ?? []);
  }

  /** One live connection with the Client ID, by chance, as DingTalk chooses. */
  pick(clientId: string, random: () => number): StreamConnection | undefined {
    const live = this.#ofClient(clientId).filter(({ isLive }) => isLive);
    return live.length < 2 ? live[0] : live[Math.floor(random() * live.length)];
  }

  /** Awaits the ack of a frame. The last 10,000 frames are remembered. */
  expect(push: PushedFrame): void {
    this.#pushes.set(push.messageId, Object.assign(push, { isAcked: false }));
    for (const oldest of this.#pushes.keys()) {
      if (this.#pushes.size <= maxPushes) break;
      this.#pushes.delete(oldest);
    }
  }

  /** Ends all connections. */
  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  #ofClient(clientId: string): StreamConnection[] {
    return [...this.#connections].filter(({ facts }) => facts.clientId === clientId);
  }

  #read(from: StreamConnection, text: string): void {
    const ack = readAck(text);
    const { messageId } = ack ?? {};
    if (messageId !== undefined && from.isOwnId(messageId)) return;
    const push = messageId === undefined ? undefined : this.#pushes.get(messageId);
    if (ack === undefined || push === undefined) {
      this.#newestOn(from)?.onRemark(strangeFrame(ack));
    } else if (push.connection !== from) {
      push.onRemark(ackElsewhere(from.id));
    } else if (!push.isAcked) {
      push.isAcked = true;
      push.onAck(ack);
    }
  }

  /** A frame that fits nothing is told at the newest message that its connection got. */
  #newestOn(connection: StreamConnection): PushedFrame | undefined {
    return [...this.#pushes.values()].findLast((push) => push.connection === connection);
  }
}

function strangeFrame(ack: Ack | undefined): Remark<PushRemarkCode> {
  if (ack === undefined) {
    return remark("ack-unreadable", "the connection sent a frame that is no JSON object");
  }
  const messageId = (ack.messageId ?? "").slice(0, 100);
  const text = "the connection acked a messageId that was not pushed";
  return remark("ack-unknown-message", text, { messageId });
}

function ackElsewhere(connection: string): Remark<PushRemarkCode> {
  const text = "an ack came on a connection that did not get the message, and does not count";
  return remark("ack-elsewhere", text, { connection });
}
