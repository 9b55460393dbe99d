import type { Receipt } from "./receipt.ts";
import type { ReceivedMessage } from "./received-message.ts";
import type { ReceivingApp } from "./receiving-app.ts";

/** Takes what DingTalk delivers and hands it over to the apps, each message to one app. */
export interface Inbox {
  /** Takes one copy of a message. */
  receive(app: ReceivingApp, message: ReceivedMessage): Receipt;
  /** To be called when a Read stream of the app was opened or has ended. */
  readersChanged(app: ReceivingApp): void;
  /**
   * Takes nothing new and lets the messages that are with apps finish within the grace. The copies
   * of the others are not acknowledged.
   */
  stop(graceMs: number): Promise<void>;
}
