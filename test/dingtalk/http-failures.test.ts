import { describe, expect, test } from "vitest";
import { factsOf } from "../../src/delivery/channel.ts";
import type { Stage } from "../../src/dingtalk/connection-opener.ts";
import { explainFailure } from "../../src/dingtalk/http-failures.ts";

const proxy = new URL("http://user:password@proxy.example:3128");
const errorOf = (code: string): Error => Object.assign(new Error("no"), { code });

/** What is said of an error with this code at this stage. */
function explained(code: string, stage: Stage) {
  const error = explainFailure({ cause: errorOf(code), stage, httpStatus: undefined, proxy });
  const { mayHaveArrived, neverReached, target } = factsOf(error);
  return { error, reason: error.reason, facts: { mayHaveArrived, neverReached, target } };
}

describe("an error before the request leaves", () => {
  test.each<[string, Stage, string]>([
    ["ENOTFOUND", "connecting", "dns-failed"],
    ["EAI_AGAIN", "connecting", "dns-failed"],
    ["ECONNREFUSED", "connecting", "connect-failed"],
    ["EHOSTUNREACH", "connecting", "connect-failed"],
    ["ECONNRESET", "securing", "proxy-failed"],
    ["CERT_HAS_EXPIRED", "securing", "tls-failed"],
    ["ENOTFOUND", "proxy", "proxy-failed"],
    ["ECONNREFUSED", "proxy", "proxy-failed"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "proxy", "proxy-failed"],
  ])("%s while %s is %s", (code, stage, reason) => {
    const { error, ...found } = explained(code, stage);

    expect(found).toEqual({
      reason,
      facts: { mayHaveArrived: false, neverReached: true, target: "failing" },
    });
    expect(error.message).toContain(code);
    expect(error.message).not.toContain("password");
  });

  test.each<[string, Stage]>([
    ["EMFILE", "connecting"],
    ["ENFILE", "proxy"],
    ["EADDRNOTAVAIL", "connecting"],
  ])("%s is this process's own trouble, whatever it does: %s", (code, stage) => {
    const { error, ...found } = explained(code, stage);

    expect(found).toEqual({
      reason: "no-connection-left",
      facts: { mayHaveArrived: false, neverReached: true, target: "good" },
    });
    expect(error.remedy).not.toContain("HTTPS_PROXY");
  });

  test("blames the handshake where no proxy is used", () => {
    const cause = errorOf("ECONNRESET");
    const failed = { cause, stage: "securing", httpStatus: undefined, proxy: undefined } as const;

    expect(explainFailure(failed).reason).toBe("tls-failed");
  });

  test("names the proxy's host", () => {
    const { error } = explained("ECONNREFUSED", "proxy");

    expect(error.message).toBe(
      "the proxy proxy.example:3128 did not connect to the robot's host: ECONNREFUSED",
    );
  });
});

describe("an error after the request began to leave", () => {
  test.each([
    ["ECONNRESET", "connection-lost", true],
    ["EPIPE", "connection-lost", true],
    ["HPE_INVALID_CONSTANT", "not-http", true],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "tls-failed", false],
    ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", "tls-failed", false],
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "tls-failed", false],
    ["ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC", "connection-lost", true],
  ])("%s is %s", (code, reason, mayHaveArrived) => {
    const { error: _error, ...found } = explained(code, "open");

    expect(found).toMatchObject({ reason, facts: { mayHaveArrived } });
  });
});

describe("a host that speaks no TLS", () => {
  test.each(["ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"])(
    "%s blames the scheme and the port, not the certificate",
    (code) => {
      const { error, reason } = explained(code, "securing");

      expect(reason).toBe("tls-failed");
      expect(error.remedy).toContain("check scheme and port");
    },
  );
});
