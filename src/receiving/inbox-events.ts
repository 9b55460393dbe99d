import type { HandOverFailure, ReceivingSettings } from "./receiving-app.ts";

/** What the machine knows of a component. Each component is one object for as long as it lives. */
export interface MachineApp {
  readonly settings: ReceivingSettings;
}

/**
 * What a claim at Redis came to. `ours`: nobody else has the message. `elsewhere`: another replica
 * has it with its app. `done`: it had its end at another replica.
 */
export type Claim = "ours" | "elsewhere" | "done";

/** What happens to the inbox. */
export type InboxEvent<App> =
  | {
      readonly type: "received";
      readonly key: string;
      readonly app: App;
      readonly isReading: boolean;
    }
  | { readonly type: "readers"; readonly app: App; readonly isReading: boolean }
  /** Nobody uses the component any more. No hand-over to it is possible. */
  | { readonly type: "gone"; readonly app: App }
  | { readonly type: "claimed"; readonly key: string; readonly claim: Claim }
  | { readonly type: "answered"; readonly key: string; readonly attempt: number }
  | {
      readonly type: "failed";
      readonly key: string;
      readonly attempt: number;
      readonly failure: HandOverFailure;
    }
  /** A step that the inbox had to do for a message failed. */
  | { readonly type: "fault"; readonly key: string }
  /** Time went by. */
  | { readonly type: "tick" }
  /** The process begins to end. */
  | { readonly type: "stop" }
  /** The grace of the process is over. */
  | { readonly type: "grace-over" };

/**
 * What the copies of a message are told. `accepted`: DingTalk may forget it. `duplicate`: too,
 * another replica is done with it. `refused`: DingTalk has to bring it again.
 */
export type Word = "accepted" | "duplicate" | "refused";

/** How a message leaves the inbox. `stopped`: the process ends first. */
export type InboxEnd =
  | { readonly outcome: "answered" | "unanswered" | "overflow" | "stopped" | "elsewhere" | "known" }
  | { readonly outcome: "lost"; readonly failure: HandOverFailure };

/** What has to be done now. */
export type InboxEffect<App> =
  /** What became of the copy of a `received` event: a new message, a copy, or not taken. */
  | { readonly type: "taken" | "joined" | "duplicate" | "refused"; readonly key: string }
  | { readonly type: "claim" | "release"; readonly key: string }
  | { readonly type: "settle"; readonly key: string; readonly rememberForMs: number }
  | {
      readonly type: "hand-over";
      readonly key: string;
      readonly app: App;
      readonly attempt: number;
    }
  /** All copies of the message are told so, also those that join later. */
  | { readonly type: "tell"; readonly key: string; readonly word: Word }
  | { readonly type: "end"; readonly key: string; readonly end: InboxEnd }
  | { readonly type: "forgot" }
  /** The program failed at one step. */
  | { readonly type: "fault"; readonly error: unknown };
