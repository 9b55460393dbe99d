import { systemClock } from "../../base/clock.ts";
import { errorCodeOf } from "../../base/error-code.ts";
import { Connections } from "../../dingtalk/connections.ts";
import { exchange } from "../../dingtalk/http-exchange.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** A host whose clock is compared with this machine's. */
export interface RobotHost {
  /** Scheme, host and port. */
  readonly origin: string;
  /** True for DingTalk's own host, if a robot's address stands in a secret store. */
  readonly isAssumed: boolean;
}

/** A difference above this is a problem. DingTalk refuses a signature only after an hour. */
const offMs = 60_000;
/** A difference above this is a warning. Below it, the time of the answer's way may explain it. */
const inexactMs = 5000;
const answerTimeoutMs = 5000;

/**
 * Compares this machine's clock with the `Date` header of a robot's host. The request asks for the
 * root path, so that no token leaves this machine, and takes the proxy that the sidecar would take.
 */
export async function checkClock(host: RobotHost): Promise<Finding> {
  const name = new URL(host.origin).host;
  const before = systemClock.now();
  const answer = await readDate(host.origin);
  const after = systemClock.now();
  if (answer instanceof Error) {
    const report = host.isAssumed ? warning : problem;
    return report`robot-host: no answer from ${name}: ${errorCodeOf(answer, answer.name)} -> check DNS, firewall, HTTPS_PROXY, NO_PROXY and, for a CA of your own, NODE_EXTRA_CA_CERTS`;
  }
  const date = Date.parse(answer);
  if (Number.isNaN(date)) {
    return warning`clock: ${name} answers and tells no time, so the clock was not compared -> compare this machine's clock by other means`;
  }
  // The header has whole seconds. Half a second is the best guess at the rest.
  return judge(name, (before + after) / 2 - (date + 500));
}

/** @param aheadMs how far this clock is ahead of the host's; negative if it is behind */
function judge(name: string, aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const side = aheadMs > 0 ? "ahead of" : "behind";
  const remedy = "synchronise this machine's clock (NTP)";
  if (Math.abs(aheadMs) > offMs) {
    return problem`clock: this clock is ${seconds} s ${side} that of ${name}; an hour makes signatures invalid -> ${remedy}`;
  }
  if (Math.abs(aheadMs) > inexactMs) {
    return warning`clock: this clock is ${seconds} s ${side} that of ${name} -> ${remedy}`;
  }
  return ok`clock: this clock agrees with that of ${name}`;
}

/** The `Date` header as sent, or an empty text if there is none. */
async function readDate(origin: string): Promise<string | Error> {
  const lease = new Connections().lease(origin);
  try {
    const root = {
      url: new URL(origin),
      method: "HEAD",
      headers: {},
      body: Buffer.alloc(0),
    } as const;
    const limits = { signal: new AbortController().signal, timeoutMs: answerTimeoutMs };
    const { date } = await exchange(lease.host, { ...root, ...limits, clock: systemClock });
    return date ?? "";
  } catch (error) {
    return error instanceof Error ? error : new Error("unknown error");
  } finally {
    lease.release();
  }
}
