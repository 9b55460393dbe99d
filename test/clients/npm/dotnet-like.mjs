// Answers as ASP.NET Core does: chunked JSON, names in camel case, non-ASCII characters escaped.
import { createServer } from "node:http";

const json = "application/json; charset=utf-8";
const escaped = "\\u4F60\\u597D";
/** @type {Record<string, [number, string, string]>} */
const answers = {
  "/ok": [200, "", ""],
  "/no-content": [204, "", ""],
  "/text-ok": [200, "text/plain; charset=utf-8", "OK"],
  "/null": [200, json, "null"],
  "/empty-object": [200, json, "{}"],
  "/object": [200, json, '{"orderId":1}'],
  "/success": [200, json, '{"success":true}'],
  "/problem": [
    200,
    "application/problem+json",
    '{"type":"https://tools.ietf.org/html/rfc9110#section-15.3.1","title":"OK","status":200}',
  ],
  "/bytes-with-mark": [200, json, "\ufeff{}"],
  "/message": [200, json, `{"msgtype":"text","text":{"content":"${escaped}"}}`],
  "/text": [200, "text/plain; charset=utf-8", "你好"],
};

createServer(({ url = "" }, response) => {
  const [status, type, body] = answers[url] ?? [404, "", ""];
  response.writeHead(status, type === "" ? {} : { "content-type": type });
  for (const part of body.match(/.{1,8}/gsu) ?? []) response.write(part);
  response.end();
}).listen(Number(process.env.PORT), "127.0.0.1");
