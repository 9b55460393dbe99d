// What an app would do without the component: a plain HTTP server that verifies the signature of a
// callback and calls the app itself. Arguments: its port and the app's.
import { Agent, createServer, request } from "node:http";
import { text } from "node:stream/consumers";
import { built } from "../simulate/built.mjs";

const { checkSignature } = /** @type {typeof import("../../src/dingtalk/callback.ts")} */ (
  await built("src/dingtalk/callback")
);

const [port, appPort, secret = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
const maxAgeMs = 3_600_000;

const server = createServer(async (incoming, response) => {
  const [timestamp, sign] = [incoming.headers.timestamp, incoming.headers.sign].map(String);
  const { verdict } = checkSignature({ timestamp, sign }, { secret, now: Date.now(), maxAgeMs });
  const body = await text(incoming);
  const status = verdict === "ok" ? await callApp(body) : 403;
  response.writeHead(status, { "content-type": "application/json" }).end('{"msgtype":"empty"}');
});
server.keepAliveTimeout = 60_000;
server.listen(Number(port), "127.0.0.1", () => process.stdout.write("ready\n"));

/**
 * @param {string} body
 * @returns {Promise<number>} the app's status
 */
function callApp(body) {
  return new Promise((resolve, reject) => {
    const call = request({ port: appPort, path: "/plain", method: "POST", agent }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode ?? 500));
    });
    call.setHeader("content-type", "application/json");
    call.on("error", reject).end(body);
  });
}
