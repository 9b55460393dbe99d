import type { Clock } from "../base/clock.ts";
import type { Inbox } from "./inbox.ts";
import type { Receipt, ReceiptState } from "./receipt.ts";
import type { ReceivedMessage } from "./received-message.ts";
import type { ReceivingApp } from "./receiving-app.ts";

/** After so long DingTalk may forget a message that is with the app, in milliseconds. */
const acceptAfterMs = 2500;

/** Hands each message over at once. Holds nothing and recognises no copies. */
export class DirectInbox implements Inbox {
  readonly #after: Clock["after"];
  readonly #withApps = new Set<Promise<unknown>>();

  constructor({ after }: Clock) {
    this.#after = after;
  }

  receive(app: ReceivingApp, message: ReceivedMessage): Receipt {
    let state: ReceiptState = app.isReading ? "with-app" : "overflow";
    if (state === "overflow") {
      const answer = Promise.resolve(undefined);
      return { state: () => state, accepted: Promise.resolve(false), answer };
    }
    const answer = app.handOver(message, 1).then(
      (body) => body,
      () => undefined,
    );
    const said = answer.then((body) => {
      state = "done";
      return body === undefined ? undefined : app.answered(message, body);
    });
    this.#withApps.add(said);
    void said.then(() => this.#withApps.delete(said));
    const accepted = new Promise<boolean>((resolve) => {
      const cancel = this.#after(acceptAfterMs, () => resolve(true));
      void answer.then(() => {
        cancel();
        resolve(true);
      });
    });
    return { state: () => state, accepted, answer };
  }

  readersChanged(): void {}

  async stop(graceMs: number): Promise<void> {
    const over = new Promise<void>((resolve) => {
      const cancel = this.#after(graceMs, resolve);
      void Promise.all(this.#withApps).then(cancel);
    });
    await Promise.race([Promise.all(this.#withApps), over]);
  }
}
