/** Why a callback is refused, as a stable word for the log and the metrics. */
export type CallbackRefusal = keyof typeof callbackRefusals;

/** What happened, what to do, and the HTTP status of the answer. */
export interface CallbackRefusalRow {
  readonly message: string;
  readonly remedy: string;
  readonly status: 400 | 403 | 404;
}

/** One row for each reason, in the order of the checks. The documents list the texts from here. */
export const callbackRefusals = {
  "unknown-id": {
    message: "no component with receive: http has the id in its path",
    remedy: "let the address in DingTalk's console end in /callback/ and the id of the component",
    status: 404,
  },
  "no-sign": {
    message: "the request has no timestamp or no sign",
    remedy: "nothing, if it is not DingTalk's; else look whether a proxy drops these headers",
    status: 403,
  },
  "timestamp-malformed": {
    message: "the timestamp of the request is not 1 to 16 digits",
    remedy: "nothing, DingTalk sends no such timestamp",
    status: 403,
  },
  stale: {
    message: "the timestamp of the request is too far from this machine's clock",
    remedy:
      "set this machine's clock if it is off by the aheadSeconds of the log, or raise callbackMaxAge",
    status: 403,
  },
  "bad-sign": {
    message: "the sign of the request is wrong",
    remedy: "set clientSecret to the Client Secret of the app",
    status: 403,
  },
  "bad-token": {
    message: "the token of the request is missing or wrong",
    remedy: "set callbackToken to the token on the robot's page",
    status: 403,
  },
  "not-json": {
    message: "the body of the request is no JSON object",
    remedy: "look whether a proxy changes the body",
    status: 400,
  },
  encrypted: {
    message: "the body of the request is encrypted",
    remedy: "switch body encryption off in DingTalk's console",
    status: 400,
  },
} as const satisfies Readonly<Record<string, CallbackRefusalRow>>;
