import type { ReceiveTelemetry } from "../../../src/telemetry/receive-telemetry.ts";
import { passTimeUntil } from "../../support/eventually.ts";
import { acceptMessage, jsonAnswer } from "../../support/robot.ts";
import { startScraped } from "../../telemetry/support/scrape.ts";

/** A scrape of a component after every event that a metric counts: a retry, a duplicate and so on. */
export async function scrapeEveryFigure(): Promise<string> {
  const answers = [jsonAnswer({ errcode: -1, errmsg: "busy" })];
  const { component, daprd, metrics, text } = await startScraped((response, post) => {
    (answers.shift() ?? acceptMessage)(response, post);
  });
  const message = { msgtype: "text", text: { content: "hello" } };
  await passTimeUntil(component.clock, daprd.create(message, { metadata: { msgUuid: "key" } }));
  await daprd.create(message, { metadata: { msgUuid: "key" } });
  receiveOnce(metrics.receiving);
  return await text();
}

function receiveOnce(receiving: ReceiveTelemetry): void {
  receiving.received("robot", "stream", "accepted");
  receiving.callbackRefused("stale");
  receiving.handled("robot", "answered");
  receiving.appAttempt("answered");
  receiving.answer("robot", "sent");
  receiving.streamConnections("robot", 1);
  receiving.streamReconnect("closed");
  receiving.acknowledged(0.1);
  receiving.handledIn(1);
  receiving.load({ inFlight: 1, held: 1 });
  receiving.lastReceived(1_700_000_000_000);
  receiving.overQuota("robot");
  receiving.forgotten();
  receiving.unclaimed("robot");
}
