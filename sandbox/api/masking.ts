import type {
  Callback,
  Entry,
  HumanSettings,
  RequestFacts,
  RobotState,
  Unmatched,
} from "./types.ts";

/** Stands for a secret in an answer, unless `reveal=1` asks for secrets. */
export const mask = "••••••••";

const secretParameters = new Set(["access_token", "sign", "session"]);
const secretHeaders = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "sign",
  "token",
  "x-acs-dingtalk-access-token",
]);

/** The entry without the secrets of its request. Its message stays as it is. */
export function maskEntry(entry: Entry): Entry {
  const { request, callback } = entry;
  return {
    ...entry,
    request: request && maskRequest(request),
    callback: callback && maskCallback(callback),
  };
}

/** The state of a robot without its secrets. */
export function maskState(state: RobotState): RobotState {
  const { rules, human } = state;
  return {
    ...state,
    rules: { ...rules, secret: maskValue(rules.secret) },
    human: maskHuman(human),
  };
}

/**
 * The requests with an unknown token, without the rest of a token that may be a real robot's: a
 * sender whose host alone was changed brings the real one. A shorter token is shown: it is misspelled.
 */
export function maskUnmatched(unmatched: Unmatched): Unmatched {
  const token = unmatched.token?.replace(/^([0-9a-f]{6})[0-9a-f]{58}$/i, `$1${mask}`) ?? null;
  return { ...unmatched, token };
}

function maskHuman(human: HumanSettings): HumanSettings {
  const { appSecret, outgoingToken } = human;
  return { ...human, appSecret: maskValue(appSecret), outgoingToken: maskValue(outgoingToken) };
}

function maskCallback(callback: Callback): Callback {
  const { headers, body } = callback;
  return {
    ...callback,
    headers: maskHeaders(headers),
    body: body.replace(/(\/robot\/sendBySession\?session=)[0-9a-f]+/g, `$1${mask}`),
  };
}

function maskRequest(request: RequestFacts): RequestFacts {
  return {
    ...request,
    query: request.query.map(([name, value]) => [name, secretParameters.has(name) ? mask : value]),
    headers: maskHeaders(request.headers),
  };
}

function maskHeaders(headers: RequestFacts["headers"]): RequestFacts["headers"] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secretHeaders.has(name) ? mask : value]),
  );
}

function maskValue(value: string | null): string | null {
  return value === null ? null : mask;
}
