import { type ServiceError, status } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { passTimeUntil } from "../support/eventually.ts";
import { expectGoodCall } from "./support/good-call.ts";
import { hostileAnswers } from "./support/hostile-answers.ts";
import { startRawRobot } from "./support/raw-robot.ts";

const token = "token-0123456789abcdef0123456789abcdef";
const secret = "SEC-fedcba9876543210fedcba9876543210";
const content = "words-that-nobody-else-shall-read";
const message = { msgtype: "text", text: { content } };
const unanswered = [status.UNKNOWN, status.INTERNAL, status.UNIMPLEMENTED];

describe("a robot's host that answers with", () => {
  test.each(hostileAnswers)("%s ends one call, and no secret leaks", async (_, robot) => {
    const component = await startComponent();
    const url = await startRawRobot(robot, token);
    const hostile = new DaprdClient(component.socket, "hostile");
    await hostile.init({ id: "hostile", url, secret, retries: "0", responseTimeout: "5s" });
    const call = hostile.create(message).catch((error: ServiceError) => error);

    const outcome = await passTimeUntil(component.clock, call, 100);

    expect(unanswered).not.toContain("code" in outcome ? outcome.code : status.OK);
    const seen = JSON.stringify([component.logged, "code" in outcome && outcome.message]);
    expect(seen).not.toMatch(new RegExp(`${token}|${secret}|${content}|https?://127`));
    await expectGoodCall(component.socket);
  });
});
