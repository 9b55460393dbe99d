import { errorCodeOf } from "../base/error-code.ts";
import type { Stage } from "./connection-opener.ts";
import { RobotUnreachableError, type UnreachableReason } from "./errors.ts";
import { ProxyError } from "./tunnel.ts";

/** How an exchange ended without a whole answer. */
export interface FailedExchange {
  readonly cause: Error | "time-up" | "cancelled" | "too-large" | "not-decodable";
  readonly stage: Stage;
  /** The status of an answer that had begun. */
  readonly httpStatus: number | undefined;
  readonly proxy: URL | undefined;
}

interface Explanation {
  readonly reason: UnreachableReason;
  readonly message: string;
  /** For a reason that does not say whether the request had left; `mayHaveArrived` follows. */
  readonly wasSent: boolean;
  /** What to do, where more is known than the reason tells. */
  readonly remedy?: string;
}

/** What an exchange without an answer means. Before the stage `open`, nothing has left. */
export function explainFailure(failed: FailedExchange): RobotUnreachableError {
  const { httpStatus, cause } = failed;
  const { reason, message, wasSent, remedy } = explain(failed);
  return new RobotUnreachableError(reason, {
    message,
    mayHaveArrived: wasSent,
    httpStatus,
    remedy,
    ...(cause instanceof Error && { cause }),
  });
}

function explain(failed: FailedExchange): Explanation {
  const { cause, stage } = failed;
  if (cause === "cancelled") {
    const message = "the caller went away before the answer came";
    return { reason: "cancelled", message, wasSent: stage === "open" };
  }
  if (stage !== "open") return { ...explainOpening(failed), wasSent: false };
  return explainAnswer(cause);
}

/** The code of an error as the end of a sentence. */
function suffixOf(cause: FailedExchange["cause"]): string {
  if (cause === "time-up") return ": ETIMEDOUT";
  const code = errorCodeOf(cause, "");
  return code === "" ? "" : `: ${code}`;
}

/** Codes of a machine that has no descriptor, port or memory left. */
const ownShortage = /^(EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS|ENOMEM)$/;

function explainOpening({ cause, stage, proxy }: FailedExchange): Omit<Explanation, "wasSent"> {
  const suffix = suffixOf(cause);
  if (stage === "waiting" || ownShortage.test(errorCodeOf(cause, ""))) {
    const message = `this process has no connection left for the robot's host${suffix}`;
    return { reason: "no-connection-left", message };
  }
  if (stage === "proxy") return { reason: "proxy-failed", message: proxyMessage(cause, proxy) };
  if (stage === "securing" && proxy !== undefined && isClosed(cause)) {
    const message = `the proxy ${proxy.host} closed its connection to the robot's host${suffix}`;
    return { reason: "proxy-failed", message };
  }
  if (stage === "securing") {
    const message = `no secure connection to the robot's host${suffix}`;
    return { reason: "tls-failed", message, ...(isPlain(cause) && { remedy: speaksNoTls }) };
  }
  if (/^(ENOTFOUND|EAI_)/.test(errorCodeOf(cause, ""))) {
    const message = `the robot's host name could not be resolved${suffix}`;
    return { reason: "dns-failed", message };
  }
  return { reason: "connect-failed", message: `no connection to the robot's host${suffix}` };
}

const speaksNoTls =
  "the port speaks no TLS; check scheme and port of the component's url, http: is another port";

/** Whether the other end closed the connection without a word about its cause. */
function isClosed(cause: FailedExchange["cause"]): boolean {
  return /^(ECONNRESET|EPIPE)$/.test(errorCodeOf(cause, ""));
}

/** Whether the host answered the handshake with something that is no TLS. */
function isPlain(cause: FailedExchange["cause"]): boolean {
  const code = errorCodeOf(cause, "");
  const isKnown = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/.test(code);
  return (
    isKnown || (cause instanceof Error && /wrong version number|packet length/.test(cause.message))
  );
}

function proxyMessage(cause: FailedExchange["cause"], proxy: URL | undefined): string {
  if (cause instanceof ProxyError) return cause.message;
  return `the proxy ${proxy?.host} did not connect to the robot's host${suffixOf(cause)}`;
}

/**
 * Alerts by which a server refuses a handshake. With TLS 1.3 they come after the client has ended
 * its part and begun to write, but the server reads nothing of that.
 */
const refusedHandshake =
  /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED)/;

function explainAnswer(cause: FailedExchange["cause"]): Explanation {
  const suffix = suffixOf(cause);
  const code = errorCodeOf(cause, "");
  if (refusedHandshake.test(code)) {
    const message = `the robot's host asks for a client certificate or accepts none${suffix}`;
    return { reason: "tls-failed", message, wasSent: false };
  }
  if (isNoHttp(cause, code)) {
    return { reason: "not-http", message: `the answer was not HTTP${suffix}`, wasSent: true };
  }
  const { reason, message } = answered[typeof cause === "string" ? cause : "lost"];
  return {
    reason,
    message: reason === "connection-lost" ? message + suffix : message,
    wasSent: true,
  };
}

/** undici's parser names most of its errors by their class alone. */
function isNoHttp(cause: FailedExchange["cause"], code: string): boolean {
  const isParserError = cause instanceof Error && cause.name === "HTTPParserError";
  return (
    isParserError || /^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH)$)/.test(code)
  );
}

const answered = {
  "time-up": { reason: "timeout", message: "no answer came in time" },
  cancelled: { reason: "cancelled", message: "the caller went away before the answer came" },
  "too-large": { reason: "unusable-answer", message: "the answer has more than 1 MiB" },
  "not-decodable": {
    reason: "unusable-answer",
    message: "the answer's content-encoding does not fit its bytes",
  },
  lost: {
    reason: "connection-lost",
    message: "the connection to the robot's host broke before the answer came",
  },
} as const;
