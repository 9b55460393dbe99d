/**
 * Where a message is. `held`: it waits in this process. `with-app`: it was handed over. `done`: it
 * had its end. `overflow`: it was not taken, DingTalk has to bring it again. `elsewhere`: another
 * replica has it.
 */
export type ReceiptState = "held" | "with-app" | "done" | "overflow" | "elsewhere";

/** What becomes of one copy of a message. Copies of one message are told the same end. */
export interface Receipt {
  /** Where the message is at the moment. */
  state(): ReceiptState;
  /**
   * Resolves with true when DingTalk may forget the message, and with false when the copy must not
   * be acknowledged. Never rejects.
   */
  readonly accepted: Promise<boolean>;
  /** The app's answer. Resolves with undefined if none will come in time. Never rejects. */
  readonly answer: Promise<Buffer | undefined>;
}
