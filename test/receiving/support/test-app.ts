import type { SharedRedis } from "../../../src/delivery/redis/redis.ts";
import type { ReceivedMessage } from "../../../src/receiving/received-message.ts";
import type {
  AnswerKind,
  HandOverOptions,
  ReceivingApp,
} from "../../../src/receiving/receiving-app.ts";

/** One hand-over, which the test answers. */
export interface HandOver {
  readonly message: ReceivedMessage;
  readonly attempt: number;
  readonly traceparent: string | undefined;
  answer(body?: string): void;
  fail(error: unknown): void;
}

/** A component whose app does what the test says. */
export class TestApp implements ReceivingApp {
  readonly instance = "support-bot";
  readonly robot = "dingabc";
  readonly settings = {
    ...{ redeliver: 3, maxInFlight: 64, handleTimeoutMs: 600_000, rememberForMs: 3_600_000 },
  };
  readonly redis: SharedRedis | undefined;
  isReading = true;
  readonly handOvers: HandOver[] = [];
  /** The answers that were to be said. */
  readonly said: string[] = [];
  kind: AnswerKind = "answered";

  constructor(redis?: SharedRedis) {
    this.redis = redis;
  }

  /** The latest hand-over. */
  get last(): HandOver {
    const last = this.handOvers.at(-1);
    if (last === undefined) throw new Error("nothing was handed over");
    return last;
  }

  handOver(
    message: ReceivedMessage,
    attempt: number,
    { traceparent }: HandOverOptions,
  ): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const answer = (body = ""): void => resolve(Buffer.from(body));
      this.handOvers.push({ message, attempt, traceparent, answer, fail: reject });
    });
  }

  async answered(_message: ReceivedMessage, body: Buffer): Promise<AnswerKind> {
    this.said.push(body.toString());
    return this.kind;
  }
}
