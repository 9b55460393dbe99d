import type { ReceivingApp } from "./receiving-app.ts";
import { SharedStream, type StreamsDeps } from "./shared-stream.ts";
import type { StreamMember } from "./stream-members.ts";

/** A component with `receive: stream`. */
export interface StreamComponent extends StreamMember {
  readonly gatewayUrl: URL;
  readonly clientId: string;
}

/** The streams of this process: one for each gateway and `clientId`, which components share. */
export class Streams {
  readonly #deps: StreamsDeps;
  readonly #streams = new Map<string, SharedStream>();
  #isStopped = false;

  constructor(deps: StreamsDeps) {
    this.#deps = deps;
  }

  /**
   * Adds a component. With another secret than before, a new connection replaces the present one.
   *
   * @returns removes the component; only the first call counts
   */
  join({ gatewayUrl, clientId, ...member }: StreamComponent): () => void {
    const key = JSON.stringify([gatewayUrl.href, clientId]);
    const stream = this.#streams.get(key) ?? this.#create(key, gatewayUrl, clientId);
    if (!this.#isStopped) stream.join(member);
    return () => stream.leave(member);
  }

  /** Must be called when the first Read stream of a component opens and when the last one ends. */
  readersChanged(app: ReceivingApp): void {
    for (const stream of this.#streams.values()) stream.readersChanged(app);
  }

  /**
   * Takes no more messages, waits for the acks of those in hand, and closes every connection.
   *
   * @param graceMs the longest wait for the acks, in milliseconds
   */
  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#streams.values()].map((stream) => stream.stop(graceMs)));
  }

  #create(key: string, gatewayUrl: URL, clientId: string): SharedStream {
    const onUnused = (): void => void this.#streams.delete(key);
    const stream = new SharedStream({ gatewayUrl, clientId }, { ...this.#deps, onUnused });
    this.#streams.set(key, stream);
    return stream;
  }
}
