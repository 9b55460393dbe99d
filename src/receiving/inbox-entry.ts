import {
  type AttemptOutcome,
  noReceiptWatch,
  type ReceiptWatch,
} from "../telemetry/receive-telemetry.ts";
import { AnswerWait } from "./answer-wait.ts";
import type { ReceiptState } from "./receipt.ts";
import { forLateAnswer, type ReceivedMessage } from "./received-message.ts";
import type { ReceivingApp } from "./receiving-app.ts";

/** One message in the inbox. All its copies have the two promises in common. */
export class InboxEntry {
  readonly app: ReceivingApp;
  message: ReceivedMessage;
  /** The wait for the answer to the latest hand-over. */
  wait = new AnswerWait();
  /** When the first copy came, in milliseconds on a monotonic clock. */
  readonly receivedAt: number;
  readonly accepted: Promise<boolean>;
  readonly answer: Promise<Buffer | undefined>;
  watch: ReceiptWatch = noReceiptWatch;
  /** Where the message is since it had its end. */
  end: ReceiptState | undefined;
  /** The number of the latest hand-over; 0 before the first. */
  attempt = 0;
  #tell = (_accepted: boolean): void => {};
  #resolveAnswer = (_body: Buffer | undefined): void => {};
  #endAttempt: ((outcome: AttemptOutcome) => void) | undefined;

  constructor(app: ReceivingApp, message: ReceivedMessage, receivedAt: number) {
    this.app = app;
    this.message = message;
    this.receivedAt = receivedAt;
    this.accepted = new Promise((resolve) => {
      this.#tell = resolve;
    });
    this.answer = new Promise((resolve) => {
      this.#resolveAnswer = resolve;
    });
  }

  /** Tells all copies whether DingTalk may forget the message. Only the first call counts. */
  tell(accepted: boolean): void {
    this.#tell(accepted);
  }

  /** Only the first call counts. */
  resolveAnswer(body: Buffer | undefined): void {
    this.#resolveAnswer(body);
  }

  /** Notes that a hand-over begins. @param count counts how the hand-over ends */
  begin(attempt: number, count: (outcome: AttemptOutcome) => void): void {
    this.attempt = attempt;
    this.wait = new AnswerWait();
    const endWatch = this.watch.handsOver(attempt);
    this.#endAttempt = (outcome) => {
      endWatch(outcome);
      count(outcome);
    };
  }

  /** Forgets what no late answer needs: above all the body of the message. */
  slim(): void {
    this.message = forLateAnswer(this.message);
  }

  /** Notes how the hand-over ended. Only the first call after {@link begin} counts. */
  endAttempt(outcome: AttemptOutcome): void {
    this.#endAttempt?.(outcome);
    this.#endAttempt = undefined;
  }
}
