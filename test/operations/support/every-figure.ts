import { passTimeUntil } from "../../support/eventually.ts";
import { acceptMessage, jsonAnswer } from "../../support/robot.ts";
import { startScraped } from "../../telemetry/support/scrape.ts";

/** A scrape of a component after every event that a metric counts: a retry, a duplicate and so on. */
export async function scrapeEveryFigure(): Promise<string> {
  const answers = [jsonAnswer({ errcode: -1, errmsg: "busy" })];
  const { component, daprd, text } = await startScraped((response, post) => {
    (answers.shift() ?? acceptMessage)(response, post);
  });
  const message = { msgtype: "text", text: { content: "hello" } };
  await passTimeUntil(component.clock, daprd.create(message, { metadata: { msgUuid: "key" } }));
  await daprd.create(message, { metadata: { msgUuid: "key" } });
  return await text();
}
