import { request } from "undici";
import type { Clock } from "../../base/clock.ts";
import type { Connections } from "../../dingtalk/connections.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

/** A host to compare clocks with. */
export interface RobotHost {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Taken for the host of a robot whose address is not known here. */
  readonly isAssumed: boolean;
}

/** DingTalk refuses signatures that are an hour off; a clock that is a minute off is on its way. */
const offMs = 60_000;
const inexactMs = 5000;
const answerTimeoutMs = 5000;

interface Surroundings {
  readonly connections: Connections;
  readonly clock: Clock;
}

/**
 * Compares this machine's clock with the `Date` of a robot's host. Asks for the root path, so that
 * no token leaves, and through the proxy that the sidecar would use.
 */
export async function checkClock(host: RobotHost, surroundings: Surroundings): Promise<Finding> {
  const name = new URL(host.origin).host;
  const before = surroundings.clock.now();
  const answer = await readDate(host.origin, surroundings.connections);
  const after = surroundings.clock.now();
  if (answer instanceof Error) {
    const report = host.isAssumed ? warning : problem;
    return report(
      "robot-host",
      `no answer from ${name}: ${innermostCode(answer)}`,
      "check DNS, firewall, HTTPS_PROXY, NO_PROXY and, for a CA of your own, NODE_EXTRA_CA_CERTS",
    );
  }
  const date = Date.parse(answer);
  if (Number.isNaN(date)) {
    const message = `${name} answers and tells no time, so the clock was not compared`;
    return warning("clock", message, "compare this machine's clock by other means");
  }
  // The header has whole seconds: half of one is the best guess at the rest.
  return judge(name, (before + after) / 2 - (date + 500));
}

/** @param aheadMs how far this machine is before the host; negative, behind */
function judge(name: string, aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const side = aheadMs > 0 ? "ahead of" : "behind";
  const remedy = "synchronise this machine's clock (NTP)";
  if (Math.abs(aheadMs) > offMs) {
    const message = `this clock is ${seconds} s ${side} that of ${name}; an hour makes signatures invalid`;
    return problem("clock", message, remedy);
  }
  if (Math.abs(aheadMs) > inexactMs) {
    return warning("clock", `this clock is ${seconds} s ${side} that of ${name}`, remedy);
  }
  return ok("clock", `this clock agrees with that of ${name}`);
}

/** The `Date` header as sent, empty without one. */
async function readDate(origin: string, connections: Connections): Promise<string | Error> {
  const lease = connections.lease(origin);
  try {
    const { headers, body } = await request(`${origin}/`, {
      method: "HEAD",
      dispatcher: lease.dispatcher,
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    await body.dump();
    return String(headers.date ?? "");
  } catch (error) {
    return error instanceof Error ? error : new Error("unknown error");
  } finally {
    lease.release();
  }
}

/** Messages may hold addresses; codes do not. */
function innermostCode(error: Error): string {
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  if (inner instanceof Error) return innermostCode(inner);
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}
