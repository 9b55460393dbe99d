// A robot that takes everything at once, in a process of its own. Tells its port, then how many
// posts it has had whenever it is asked.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";

const [keyFile, certFile] = process.argv.slice(2);
const answer = '{"errcode":0,"errmsg":"ok"}';
let posts = 0;
let connections = 0;

/** @type {import("node:http").RequestListener} */
const handle = (request, response) => {
  request.resume().on("end", () => {
    posts += 1;
    response.setHeader("content-type", "application/json");
    response.end(answer);
  });
};

const server =
  keyFile && certFile
    ? createHttpsServer({ key: readFileSync(keyFile), cert: readFileSync(certFile) }, handle)
    : createHttpServer(handle);
server.keepAliveTimeout = 60_000;
server.on(keyFile ? "secureConnection" : "connection", () => {
  connections += 1;
});
await once(server.listen(0, "127.0.0.1"), "listening");
const address = server.address();
process.send?.({ port: typeof address === "object" ? address?.port : 0 });
process.on("message", () => process.send?.({ posts, connections }));
process.on("disconnect", () => process.exit());
