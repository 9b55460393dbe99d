import type {
  Entry,
  Fault,
  HumanPatch,
  HumanSpeech,
  RobotState,
  RulesPatch,
  Unmatched,
} from "../../api/types.ts";

/** The sandbox refused a change or did not answer. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  /** The sandbox's reason; empty if no answer came. */
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.reason = reason;
  }
}

/** Fetches an entry with its secrets. */
export function fetchEntry(id: string): Promise<Entry> {
  return call("GET", `/api/entries/${encodeURIComponent(id)}?reveal=1`);
}

/** Fetches a robot with its secrets. */
export function fetchRobot(token: string): Promise<RobotState> {
  return call("GET", `${robotPath(token)}?reveal=1`);
}

/**
 * Makes a robot for the token or Client ID of requests that found no room; undefined if they are
 * gone. The secret of a Client ID has to be set by hand.
 */
export async function makeRobotFor({ id, via }: Unmatched): Promise<RobotState | undefined> {
  const all = await call<Unmatched[]>("GET", "/api/unmatched?reveal=1");
  const token = all.find((unmatched) => unmatched.id === id)?.token ?? null;
  if (token === null) return undefined;
  const robot = await makeRobot(token);
  return via === "stream-open" ? changeHuman(token, { mode: "stream", clientId: token }) : robot;
}

/** Forgets the requests that found no room. */
export async function forgetUnmatched(): Promise<void> {
  await request("DELETE", "/api/unmatched");
}

/** Changes some rules of a robot. */
export function changeRules(token: string, rules: RulesPatch): Promise<RobotState> {
  return call("PATCH", `${robotPath(token)}/rules`, rules);
}

/** Replaces all faults of a robot. */
export function setFaults(token: string, faults: readonly Fault[]): Promise<RobotState> {
  return call("PUT", `${robotPath(token)}/faults`, faults);
}

/** Changes some settings of the human. */
export function changeHuman(token: string, human: HumanPatch): Promise<RobotState> {
  return call("PATCH", `${robotPath(token)}/human`, human);
}

/** Speaks to a robot. Resolves when the callback is over, or in stream mode after the ack. */
export function speak(token: string, speech: HumanSpeech): Promise<Entry> {
  return call("POST", `${robotPath(token)}/human`, speech);
}

/** Sends a disconnect frame on a connection. */
export async function disconnect(id: string): Promise<void> {
  await request("DELETE", `/api/connections/${encodeURIComponent(id)}`);
}

/** Removes all entries of a room. */
export async function clearRoom(token: string): Promise<void> {
  await request("DELETE", `/api/messages?token=${encodeURIComponent(token)}`);
}

function makeRobot(token: string): Promise<RobotState> {
  return call("PUT", robotPath(token));
}

function robotPath(token: string): string {
  return `/api/robots/${encodeURIComponent(token)}`;
}

async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await request(method, path, body);
  return response.json();
}

/** @throws {ApiFailure} */
async function request(method: string, path: string, body?: unknown): Promise<Response> {
  const response = await fetch(path, {
    method,
    ...(body !== undefined && {
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  }).catch(() => undefined);
  if (response === undefined) throw new ApiFailure("");
  if (!response.ok) throw new ApiFailure(await readReason(response));
  return response;
}

async function readReason(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => undefined);
  const says = typeof problem === "object" && problem !== null && "errmsg" in problem;
  return says ? String(problem.errmsg) : `HTTP ${response.status}`;
}
