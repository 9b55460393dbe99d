import { type AckCode, type Frame, readFrame, writeAck } from "./frames.ts";

/** One callback. The one who gets it calls `ack` or `leave` once. */
export interface IncomingFrame {
  readonly topic: string;
  /** The number of this delivery. A copy that is pushed later has another one. */
  readonly messageId: string;
  /** JSON, byte for byte as it was sent. */
  readonly data: string;
  /**
   * Answers on the connection that brought the frame; without effect if it has ended.
   *
   * @param data JSON as a text. Default: an empty answer
   */
  ack(code: AckCode, data?: string): void;
  /** Leaves the frame unanswered, so that DingTalk pushes the message again. */
  leave(): void;
}

/** Hears of frames. */
export interface FrameListener {
  callback(frame: IncomingFrame): void;
  /** The peer announces that it will close the connection. */
  disconnect(): void;
  malformed(): void;
  /** One frame less is in hand. */
  settled(): void;
}

/** The connection that brought a frame. */
interface Origin {
  send(text: string): void;
}

const emptyAnswer = '{"response":null}';
const noAnswer = "{}";

/** The frames of one client's connections: answers those of the protocol, gives callbacks away. */
export class IncomingFrames {
  readonly #topics: readonly string[];
  #inHand = 0;
  #isAccepting = true;

  /** @param topics the topics of callbacks that are subscribed to */
  constructor(topics: readonly string[]) {
    this.#topics = topics;
  }

  /** Frames that were given away and neither acked nor left. */
  get inHand(): number {
    return this.#inHand;
  }

  /** Leaves all further frames unanswered, but for those that keep the connection alive. */
  refuse(): void {
    this.#isAccepting = false;
  }

  /** Takes one WebSocket message. */
  take(
    message: { readonly bytes: Buffer; readonly isBinary: boolean },
    origin: Origin,
    listener: FrameListener,
  ): void {
    const frame = readFrame(message.bytes, { isBinary: message.isBinary, topics: this.#topics });
    if (frame.kind === "ping") origin.send(writeAck(frame.messageId, 200, frame.data));
    if (frame.kind === "disconnect") listener.disconnect();
    if (!this.#isAccepting) return;
    if (frame.kind === "unknown") origin.send(writeAck(frame.messageId, 404, noAnswer));
    if (frame.kind === "callback") this.#give(frame, origin, listener);
    if (frame.kind !== "malformed") return;
    listener.malformed();
    if (frame.messageId !== undefined) origin.send(writeAck(frame.messageId, 400, noAnswer));
  }

  #give(
    { topic, messageId, data }: Extract<Frame, { kind: "callback" }>,
    origin: Origin,
    listener: FrameListener,
  ): void {
    let isInHand = true;
    this.#inHand += 1;
    const settle = (act: () => void): void => {
      if (!isInHand) return;
      isInHand = false;
      this.#inHand -= 1;
      act();
      listener.settled();
    };
    listener.callback({
      ...{ topic, messageId, data },
      ack: (code, given = code === 200 ? emptyAnswer : noAnswer) =>
        settle(() => origin.send(writeAck(messageId, code, given))),
      leave: () => settle(() => {}),
    });
  }
}
