// A robot's program with the client of npm's dingtalk-stream. It repeats what it hears.
import { DWClient, TOPIC_ROBOT } from "dingtalk-stream";

const { GATEWAY, CLIENT_ID, CLIENT_SECRET } = process.env;

/** The package knows no other gateway than DingTalk's. */
class SandboxClient extends DWClient {
  async getEndpoint() {
    const { clientId, clientSecret, ua, subscriptions } = this.getConfig();
    const response = await fetch(`${GATEWAY}/v1.0/gateway/connections/open`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ clientId, clientSecret, ua, subscriptions }),
    });
    const { endpoint, ticket } = await response.json();
    this.dw_url = `${endpoint}?ticket=${ticket}`;
    return this;
  }
}

const client = new SandboxClient({ clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });
client.registerCallbackListener(TOPIC_ROBOT, (frame) => void answer(frame));
await client.connect();

/** @param {import("dingtalk-stream").DWClientDownStream} frame */
async function answer({ headers, data }) {
  const { text, sessionWebhook } = JSON.parse(data);
  await fetch(sessionWebhook, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ msgtype: "text", text: { content: `heard:${text.content}` } }),
  });
  client.socketCallBackResponse(headers.messageId, { status: "SUCCESS" });
}
