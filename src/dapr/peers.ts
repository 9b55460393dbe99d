import type { Clock } from "../base/clock.ts";
import type { CallOrigin } from "./binding.ts";
import type { Instance } from "./instance.ts";

/** Tells which instance a call is for, and who calls. */
export interface PeerOrigin extends CallOrigin {
  /** Names the connection that the call came through. Unique in the process. */
  readonly connection: string;
}

/**
 * daprd's gRPC client closes a connection after 30 minutes without a call and dials again at the
 * next call. A connection that closes sooner was closed because daprd dropped the component.
 */
const idleMs = 29 * 60_000;

interface Peer {
  /** What each Init of this connection configured, by the component's name. */
  readonly instances: Map<string, Instance>;
  usedAt: number;
  openReads: number;
}

/** What the open connections of daprd said in their Inits, and when they were last used. */
export class Peers {
  readonly #clock: Clock;
  readonly #peers = new Map<string, Peer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The instance that an Init of this connection configured. Notes that the connection is used. */
  use(connection: string, name: string): Instance | undefined {
    return this.#touch(connection).instances.get(name);
  }

  /** Notes an Init. @returns the instance of the connection's former Init for the name */
  bind(connection: string, instance: Instance): Instance | undefined {
    const { instances } = this.#touch(connection);
    const former = instances.get(instance.name);
    instances.set(instance.name, instance);
    return former;
  }

  /** Notes that a Read stream opened (1) or closed (-1). */
  countReads(connection: string, change: 1 | -1): void {
    const peer = this.#peers.get(connection);
    if (peer === undefined) return;
    peer.openReads += change;
    peer.usedAt = this.#clock.elapsed();
  }

  isReading(connection: string): boolean {
    return (this.#peers.get(connection)?.openReads ?? 0) > 0;
  }

  /** Forgets a connection. @returns whether daprd may dial it again without an Init */
  close(connection: string): boolean {
    const peer = this.#peers.get(connection);
    this.#peers.delete(connection);
    if (peer === undefined || peer.openReads > 0) return false;
    return this.#clock.elapsed() - peer.usedAt >= idleMs;
  }

  #touch(connection: string): Peer {
    const now = this.#clock.elapsed();
    let peer = this.#peers.get(connection);
    if (peer === undefined) {
      peer = { instances: new Map(), usedAt: now, openReads: 0 };
      this.#peers.set(connection, peer);
    }
    peer.usedAt = now;
    return peer;
  }
}
