// Answers each person who writes to the robot. Needs Node.js and no package.
import { createServer } from "node:http";

/** daprd's option `--app-port` names the same port. */
const port = Number(process.env.PORT ?? 3000);

const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  response.setHeader("content-type", "application/json");
  // daprd asks once with OPTIONS whether the app takes messages of this component.
  if (request.method !== "POST" || request.url !== "/support-bot") return response.end("{}");
  const { text, senderNick, msgId } = JSON.parse(body);
  process.stdout.write(`heard message ${msgId}\n`);
  const content = `${senderNick}, you said:${text?.content ?? " something without text"}`;
  response.end(JSON.stringify({ msgtype: "text", text: { content } }));
});

server.listen(port, "127.0.0.1", () => process.stdout.write(`the app listens on ${port}\n`));
