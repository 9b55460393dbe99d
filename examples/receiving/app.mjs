// Answers each person who writes to the robot. Needs Node.js and no package.
import { createServer } from "node:http";

const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  response.setHeader("content-type", "application/json");
  // daprd asks once with OPTIONS whether the app takes messages of this component.
  if (request.method !== "POST" || request.url !== "/support-bot") return response.end("{}");
  const { text, senderNick } = JSON.parse(body);
  const content = `${senderNick}, you said:${text?.content ?? " something without text"}`;
  response.end(JSON.stringify({ msgtype: "text", text: { content } }));
});

server.listen(3000, "127.0.0.1");
