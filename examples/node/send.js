// Sends to a DingTalk group through Dapr. Usage: node send.js (with DAPR_HTTP_PORT set)
import { DaprClient } from "@dapr/dapr";

const dapr = new DaprClient({ daprPort: process.env.DAPR_HTTP_PORT });

// `data` is a string or an object. The SDK writes an object as JSON.
const sent = await dapr.binding.send("alerts", "create", "disk 93 % full on db-1");
console.log("sent", sent.errmsg);

const card = {
  title: "v2.4 is ready",
  text: "### v2.4 is ready",
  singleTitle: "Open",
  singleURL: "https://example.com/deploys/42",
};
const message = { msgtype: "actionCard", actionCard: card };
await dapr.binding.send("alerts", "create", message, { atMobiles: "13800000000" });

try {
  await dapr.binding.send("alerts", "create", { msgtype: "text", txt: {} });
} catch (error) {
  console.log("reason", /reason=([a-z-]+)/.exec(error.message)[1]);
}
await dapr.stop();
