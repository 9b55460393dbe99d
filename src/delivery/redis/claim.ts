import type { Slot } from "../ledger.ts";
import type { SlotsQuestion } from "./shared-ledger.ts";

/** How a former attempt ended, so that nothing is posted for its repeat. */
export type Former =
  | { readonly kind: "sent" }
  /** `refusal` is what `Channel.parseFailure` reads, `agoMs` the time since DingTalk's answer. */
  | { readonly kind: "refused"; readonly refusal: string; readonly agoMs: number };

/** How an attempt ended. */
export interface Ending {
  /** Only a message with the outcome `unknown` is sent again. */
  readonly outcome: "sent" | "refused" | "unknown";
  /** The attempt's own refusal, and how long it is repeated to others. */
  readonly refusal?: { readonly json: string; readonly text: string; readonly forMs: number };
  /** Whether the caller has gone without having heard the outcome. */
  readonly isGone: boolean;
}

/** Slots that were taken with the claim of a message. Whoever uses one takes it out of the list. */
export interface GrantedSlots {
  /** The target's name. */
  readonly target: string;
  readonly slots: Slot[];
}

/** The right to send a message, or how another replica's attempt ended. */
export interface Claim {
  /** Undefined if the message is to be sent here. */
  readonly former: Former | undefined;
  readonly granted: GrantedSlots | undefined;
  /** Whether another replica has taken the message over, because this one stood still. */
  readonly isLost: boolean;
  /**
   * Ends the claim and tells the other replicas. Resolves when they know, and for `sent` when the
   * request has left this process. Never rejects.
   */
  settle(ending: Ending): Promise<void>;
}

/** How a claim is made. */
export interface ClaimTerms {
  /** How long a record counts. */
  readonly keepForMs: number;
  /** A refusal that is older than this is void. */
  readonly configuredForMs: number;
  /** The hash of the message. A refusal of another text is void. */
  readonly text: string;
  /** What the keys begin with that the component's messages have at Redis. */
  readonly prefix: string;
  /** The slots that are to be taken with the claim. */
  readonly slots?: SlotsQuestion | undefined;
}

/** The claim of a replica that is alone. */
export const unsharedClaim: Claim = {
  former: undefined,
  granted: undefined,
  isLost: false,
  settle: async () => {},
};
