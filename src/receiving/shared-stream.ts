import type { Logger } from "pino";
import type { Clock } from "../base/clock.ts";
import { version } from "../base/version.ts";
import type { Connections } from "../dingtalk/connections.ts";
import { robotTopic } from "../dingtalk/stream/frames.ts";
import type { IncomingFrame } from "../dingtalk/stream/incoming-frames.ts";
import { StreamClient, type StreamEvent } from "../dingtalk/stream/stream-client.ts";
import type { ReceiveTelemetry } from "../telemetry/receive-telemetry.ts";
import type { Inbox } from "./inbox.ts";
import { NotJsonError, type ReceivedMessage, readMessage } from "./received-message.ts";
import type { ReceivingApp } from "./receiving-app.ts";
import { type StreamMember, StreamMembers } from "./stream-members.ts";

/** What the streams need. */
export interface StreamsDeps {
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly log: Logger;
  readonly connections: Connections;
  readonly inbox: Pick<Inbox, "receive">;
  readonly telemetry: ReceiveTelemetry;
}

/** Names this program to DingTalk. An ending `-union` would lead to another host. */
export const streamUa = `dapr-dingtalk-webhook/${version}`;

/** Which stream it is. */
interface StreamName {
  readonly gatewayUrl: URL;
  readonly clientId: string;
}

interface SharedStreamDeps extends StreamsDeps {
  /** Called when neither a component nor a connection is left. */
  readonly onUnused: () => void;
}

/**
 * How long the connection stays open after the last Read stream ended. daprd opens the next one soon
 * when it restarts, and DingTalk keeps nothing for somebody who is not connected.
 */
const lingerMs = 60_000;
/** Time between two log lines about malformed frames. */
const malformedLogMs = 60_000;

/** The connection of one app of DingTalk, and the components that get its messages in turn. */
export class SharedStream {
  readonly #name: StreamName;
  readonly #deps: SharedStreamDeps;
  readonly #members: StreamMembers;
  #client: StreamClient | undefined;
  #cancelLinger: (() => void) | undefined;
  /** The connections that close, until they are closed. */
  readonly #closing = new Set<Promise<void>>();
  #isStopped = false;
  /** Open connections, as told last; undefined while nobody reads. */
  #open: number | undefined;
  #malformed = { count: 0, loggedAt: Number.NEGATIVE_INFINITY };

  constructor(name: StreamName, deps: SharedStreamDeps) {
    this.#name = name;
    this.#deps = deps;
    this.#members = new StreamMembers(deps.log);
  }

  /** Adds a component. */
  join(member: StreamMember): void {
    this.#members.add(member);
    this.#client?.renew(member.clientSecret);
    this.#tellOpen(this.#open);
    this.#look();
  }

  /** Removes a component. */
  leave(member: StreamMember): void {
    if (!this.#members.has(member)) return;
    const before = this.#members.secret;
    this.#members.remove(member);
    const after = this.#members.secret;
    // A renewal also ends a pause after a refusal, so it needs a reason.
    if (after !== undefined && after.reveal() !== before?.reveal()) this.#client?.renew(after);
    const { instance } = member.app;
    const isLast = !this.#members.instances.includes(instance);
    if (isLast) this.#deps.telemetry.streamConnections(instance, undefined);
    this.#look();
  }

  /** Opens the connection with the first Read stream. It closes some time after the last one ended. */
  readersChanged(app: ReceivingApp): void {
    if (this.#members.hasApp(app)) this.#look();
  }

  /** Closes the connection for good. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    this.#cancelLinger?.();
    this.#close(graceMs);
    await Promise.all(this.#closing);
  }

  #look(): void {
    if (this.#isStopped) return;
    if (this.#members.isRead) {
      this.#cancelLinger?.();
      this.#cancelLinger = undefined;
      this.#connect();
      return;
    }
    if (this.#client === undefined) this.#dropIfUnused();
    else this.#cancelLinger ??= this.#deps.clock.after(lingerMs, () => this.#endLinger());
  }

  #endLinger(): void {
    this.#cancelLinger = undefined;
    this.#close(0);
    this.#dropIfUnused();
  }

  #dropIfUnused(): void {
    if (this.#members.isEmpty && this.#client === undefined) this.#deps.onUnused();
  }

  #connect(): void {
    const clientSecret = this.#members.secret;
    if (this.#client !== undefined || clientSecret === undefined) return;
    const { clock, random, connections } = this.#deps;
    const subscriptions = [{ type: "CALLBACK", topic: robotTopic }] as const;
    const client = new StreamClient(
      { ...this.#name, clientSecret, ua: streamUa, subscriptions },
      {
        ...{ clock, random, connections },
        onFrame: (frame) => this.#take(frame),
        // A client that closes says nothing of the one after it.
        onEvent: (event) => void (this.#client === client && this.#hear(event)),
      },
    );
    this.#client = client;
    this.#tellOpen(0);
    client.start();
  }

  #close(graceMs: number): void {
    if (this.#client === undefined) return;
    const closed = this.#client.stop(graceMs);
    this.#client = undefined;
    this.#tellOpen(undefined);
    this.#closing.add(closed);
    void closed.finally(() => this.#closing.delete(closed));
  }

  #take(frame: IncomingFrame): void {
    const app = this.#members.next();
    const message = this.#read(frame);
    if (message === undefined) {
      frame.ack(400);
      this.#countMalformed();
      return;
    }
    // Without a component nobody can hold the message: DingTalk pushes it again after about 60 s.
    if (app === undefined) {
      frame.leave();
      return;
    }
    void this.#deps.inbox.receive(app, message).accepted.then((isAccepted) => {
      if (isAccepted) frame.ack(200);
      else frame.leave();
    });
  }

  #read({ data }: IncomingFrame): ReceivedMessage | undefined {
    try {
      return readMessage(Buffer.from(data), this.#name.clientId, "stream");
    } catch (error) {
      if (error instanceof NotJsonError) return undefined;
      throw error;
    }
  }

  #hear(event: StreamEvent): void {
    if (event.type === "connections") this.#tellOpen(event.open);
    if (event.type === "malformed") this.#countMalformed();
    if (event.type !== "reconnect") return;
    const { reason, afterMs, problem } = event;
    this.#deps.telemetry.streamReconnect(reason);
    const fields = {
      instances: this.#members.instances,
      reason,
      afterMs,
      ...(problem && { problem }),
    };
    if (reason === "credentials") this.#deps.log.error(fields, "stream refused");
    else this.#deps.log[reason === "disconnect" ? "info" : "warn"](fields, "stream reconnects");
  }

  #tellOpen(open: number | undefined): void {
    const { log, telemetry } = this.#deps;
    const { instances } = this.#members;
    if (open === 1 && this.#open === 0) log.info({ instances }, "stream connected");
    this.#open = open;
    for (const instance of instances) telemetry.streamConnections(instance, open);
  }

  #countMalformed(): void {
    const { clock, log, telemetry } = this.#deps;
    const { instances } = this.#members;
    telemetry.received(instances[0] ?? "", "stream", "malformed");
    this.#malformed.count += 1;
    const now = clock.elapsed();
    if (now - this.#malformed.loggedAt < malformedLogMs) return;
    log.warn({ instances, count: this.#malformed.count }, "stream brought malformed frames");
    this.#malformed = { count: 0, loggedAt: now };
  }
}
