/**
 * What the sandbox's API and page exchange, as types that follow from the schemas. The page reads
 * these types and no schema, so that the schema library stays out of the browser.
 */
import type {
  attempt,
  entry,
  entryKind,
  mentions,
  outcome,
  receivedMessage,
  requestFacts,
} from "./schema/entries.ts";
import type { fault, faultEffect } from "./schema/faults.ts";
import type { callback, humanPatch, humanSettings, humanSpeech, push } from "./schema/human.ts";
import type { callbackProblem, explanation, lint, pushRemark } from "./schema/remarks.ts";
import type { rules, rulesPatch } from "./schema/rules.ts";
import type { apiError, cleared, robotState, snapshot } from "./schema/state.ts";
import type { connection } from "./schema/stream.ts";
import type { unmatched } from "./schema/unmatched.ts";
import type { jsonObject, ValueOf } from "./schema/values.ts";

/** Any JSON object. */
export type JsonObject = ValueOf<typeof jsonObject>;

/** A sentence by its code: the page says it in its own language from `code` and `params`. */
export interface Remark<Code extends string = string>
  extends Omit<ValueOf<typeof explanation>, "code"> {
  readonly code: Code;
}

/** Why a request was refused. */
export type ExplanationCode = ValueOf<typeof explanation>["code"];
/** A warning about a message that was accepted. */
export type LintCode = ValueOf<typeof lint>["code"];
/** What went wrong with a callback. */
export type CallbackProblemCode = ValueOf<typeof callbackProblem>["code"];
/** What is odd about one copy of a message. */
export type PushRemarkCode = ValueOf<typeof pushRemark>["code"];

/** How a request ended. */
export type Outcome = ValueOf<typeof outcome>;
/** Who caused an entry. */
export type EntryKind = ValueOf<typeof entryKind>;
/** One thing that happened in a room. An entry with a known `id` replaces the older one. */
export type Entry = ValueOf<typeof entry>;
/** How a request came. */
export type RequestFacts = ValueOf<typeof requestFacts>;
/** One of several requests with the same `msgUuid`. */
export type Attempt = ValueOf<typeof attempt>;
/** Whom a message pings. */
export type Mentions = ValueOf<typeof mentions>;
/** Somebody in `at` who is not pinged. */
export type NotPinged = Mentions["notPinged"][number];
/** An accepted message, as tests read it. */
export type ReceivedMessage = ValueOf<typeof receivedMessage>;

/** How a robot judges messages. */
export type Rules = ValueOf<typeof rules>;
/** Rules to change. */
export type RulesPatch = ValueOf<typeof rulesPatch>;

/** What a fault does to a request. */
export type FaultEffect = ValueOf<typeof faultEffect>;
/** A fault with exactly one of `next` and `share`. */
export type Fault = ValueOf<typeof fault>;

/** Who speaks to the robot, and where the robot's callbacks go. */
export type HumanSettings = ValueOf<typeof humanSettings>;
/** Settings of the human to change. */
export type HumanPatch = ValueOf<typeof humanPatch>;
/** What a human says to the robot. */
export type HumanSpeech = ValueOf<typeof humanSpeech>;
/** How a human's words reached the robot's program. */
export type Callback = ValueOf<typeof callback>;
/** One copy of a human's message on its way to the robot's program. */
export type Push = ValueOf<typeof push>;
/** A connection that a robot's program has opened. */
export type Connection = ValueOf<typeof connection>;

/** A robot and all that is set for it. */
export type RobotState = ValueOf<typeof robotState>;
/** Everything at one moment. */
export type Snapshot = ValueOf<typeof snapshot>;
/** A room that was emptied. */
export type Cleared = ValueOf<typeof cleared>;
/** The requests with one token that found no room. */
export type Unmatched = ValueOf<typeof unmatched>;
/** The body of every failed call. */
export type ApiError = ValueOf<typeof apiError>;

/** The events of `/api/events`: `event:` is the key, `data:` the JSON of the type. */
export interface StreamEvents {
  readonly snapshot: Snapshot;
  /** A new entry, or a known one that changed; only of the token that was asked for. */
  readonly entry: Entry;
  /** A robot that is new or changed; of every robot, whichever token was asked for. */
  readonly robot: RobotState;
  readonly cleared: Cleared;
  /** All requests that found no room, as soon as there is one more or fewer. */
  readonly unmatched: readonly Unmatched[];
}
