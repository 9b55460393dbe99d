import { gzipSync } from "node:zlib";
import { type RawAnswer, type RawRobotOptions, writeForever, writeSlowly } from "./raw-robot.ts";

const good = '{"errcode":0,"errmsg":"ok"}';
const ok = "HTTP/1.1 200 OK\r\n";
const length = (body: string): string =>
  `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const chunked = (body: string): string => `${ok}Transfer-Encoding: chunked\r\n\r\n${body}`;

/** Writes and closes. */
const say =
  (text: string | Buffer): RawAnswer =>
  ({ socket }) =>
    void socket.end(text, "latin1");

/** Writes and stays. */
const sayAndStay =
  (text: string): RawAnswer =>
  ({ socket }) =>
    void socket.write(text, "latin1");

const status = (line: string, headers = ""): RawAnswer =>
  say(`HTTP/1.1 ${line}\r\n${headers}${length(good)}`);
const json = (body: string): RawAnswer => say(`${ok}${length(body)}`);
const gzip = (bytes: Buffer): RawAnswer => {
  const head = `${ok}Content-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return say(Buffer.concat([Buffer.from(head), bytes]));
};

const statusLines: Readonly<Record<string, RawAnswer>> = {
  "no status line": say(good),
  "nothing but a closed connection": say(""),
  "empty lines alone": say("\r\n".repeat(1000)),
  "empty lines without end": ({ socket }) => writeForever(socket, "\r\n".repeat(1000)),
  "half a status line": say("HTTP/1.1 2"),
  "a status line alone": say(ok),
  "a version that does not exist": say(`HTTP/9.9 200 OK\r\n${length(good)}`),
  "a status in words": status("abc OK"),
  "a status of five digits": status("99999 OK"),
  "the status 000": status("000 No"),
  "the status 999": status("999 No"),
  "a status line of 1 MB": status(`200 ${"x".repeat(1_000_000)}`),
  "the protocol ICY": say(`ICY 200 OK\r\n${length(good)}`),
  "NUL bytes": say("\0".repeat(1000)),
  "a TLS alert": say("\x15\x03\x01\x00\x02\x02\x28"),
  "a frame of HTTP/2": say(
    "\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\x10\0\0\0\x06\0\0\x40\0",
  ),
};

const headers: Readonly<Record<string, RawAnswer>> = {
  "a header of 1 MB": say(`${ok}X: ${"x".repeat(1_000_000)}\r\n${length(good)}`),
  "20,000 headers": say(`${ok}${"X: y\r\n".repeat(20_000)}${length(good)}`),
  "headers without end": ({ socket }) => {
    socket.write(ok);
    writeForever(socket, "X: y\r\n".repeat(100));
  },
  "a header without a colon": say(`${ok}nonsense\r\n${length(good)}`),
  "a header with NUL": say(`${ok}X: a\0b\r\n${length(good)}`),
  "a folded header": say(`${ok}X: a\r\n b\r\n${length(good)}`),
  "a header of objects": say(`${ok}__proto__: x\r\nconstructor: y\r\n${length(good)}`),
  "two different lengths": say(`${ok}Content-Length: 5\r\n${length(good)}`),
  "a negative length": say(`${ok}Content-Length: -1\r\n\r\n${good}`),
  "a length in words": say(`${ok}Content-Length: many\r\n\r\n${good}`),
  "a length beyond all numbers": say(`${ok}Content-Length: ${"9".repeat(100)}\r\n\r\n${good}`),
  "a length that is too short": say(`${ok}Content-Length: 5\r\n\r\n${good}`),
  "a length and chunks": say(
    `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  "an unknown transfer encoding": say(`${ok}Transfer-Encoding: cow\r\n\r\n${good}`),
  "a Date that is none": say(`${ok}Date: yesterday\r\n${length(good)}`),
  "a Date at the end of time": say(`${ok}Date: Fri, 13 Sep 275760 00:00:00 GMT\r\n${length(good)}`),
};

const bodies: Readonly<Record<string, RawAnswer>> = {
  "half a body, then the end": say(`${ok}Content-Length: 100\r\n\r\n{"errcode":0`),
  "half a body, then nothing": sayAndStay(`${ok}Content-Length: 100\r\n\r\n{"errcode":0`),
  "half a body, then a reset": ({ socket }) => {
    socket.write(`${ok}Content-Length: 100\r\n\r\n{"err`, () => socket.resetAndDestroy());
  },
  "a body without end": ({ socket }) => {
    socket.write(`${ok}\r\n`);
    writeForever(socket, "x".repeat(10_000));
  },
  "a body of 1 MB and a byte": json("x".repeat(1024 * 1024 + 1)),
  "a body byte by byte": ({ socket }) => writeSlowly(socket, `${ok}Content-Length: 99999\r\n\r\n{`),
  "a head byte by byte": ({ socket }) => writeSlowly(socket, `${ok}X: ${"y".repeat(10_000)}`),
  "chunks of no number": say(chunked("zz\r\nabc\r\n0\r\n\r\n")),
  "a chunk of a negative size": say(chunked("-5\r\nabc\r\n0\r\n\r\n")),
  "a chunk of 2^64 bytes": say(chunked("ffffffffffffffff\r\nabc\r\n")),
  "half a chunk": say(chunked(`ff\r\n${good}`)),
  "no last chunk": sayAndStay(chunked(`1b\r\n${good}\r\n`)),
  "a chunk extension of 1 MB": say(chunked(`1b;${"x".repeat(1_000_000)}\r\n${good}\r\n0\r\n\r\n`)),
  "10,000 trailers": say(chunked(`1b\r\n${good}\r\n0\r\n${"X: y\r\n".repeat(10_000)}\r\n`)),
  "chunks of one byte": say(chunked(`${"1\r\nx\r\n".repeat(20_000)}0\r\n\r\n`)),
  "a gzip bomb": gzip(gzipSync(Buffer.alloc(64 * 1024 * 1024))),
  "a gzip bomb in a gzip": gzip(gzipSync(gzipSync(Buffer.alloc(64 * 1024 * 1024)))),
  "gzip that is none": gzip(Buffer.from("no gzip")),
  "half a gzip": gzip(gzipSync(good).subarray(0, 12)),
  "five encodings": say(`${ok}Content-Encoding: gzip, br, gzip, br, gzip\r\n${length(good)}`),
  "a second answer behind the first": say(`${ok}${length(good)}${ok}${length(good)}`),
  "rubbish behind the answer": sayAndStay(`${ok}${length(good)}${"\0".repeat(1000)}`),
};

const statuses: Readonly<Record<string, RawAnswer>> = {
  "10,000 times 100 Continue": say(`${"HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000)}${ok}`),
  "102 Processing without end": ({ socket }) =>
    writeForever(socket, "HTTP/1.1 102 Processing\r\n\r\n".repeat(100)),
  "101 Switching Protocols": say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello"),
  "204 with a body": status("204 No Content"),
  "304 with a body": status("304 Not Modified"),
  "a redirect to itself": status("302 Found", "Location: /robot/send\r\n"),
  "a redirect to a script": status("301 Moved", "Location: javascript:alert(1)\r\n"),
  "a redirect to a file": status("307 Go", "Location: file:///etc/passwd\r\n"),
  "a redirect to nothing": status("308 Go", "Location: http://%zz@\r\n"),
  "a login": status("401 Unauthorized", 'WWW-Authenticate: Basic realm="x"\r\n'),
  "a login at a proxy": status("407 Proxy Authentication Required"),
  "a wait of minus one second": status("429 Slow", "Retry-After: -1\r\n"),
  "a wait for ever": status("429 Slow", `Retry-After: ${"9".repeat(400)}\r\n`),
};

const errmsg = (text: string): RawAnswer => json(JSON.stringify({ errcode: 40035, errmsg: text }));
const contents: Readonly<Record<string, RawAnswer>> = {
  "JSON in 9,000 levels": json(`${'{"a":'.repeat(9000)}1${"}".repeat(9000)}`),
  "lists in 100,000 levels": json("[".repeat(100_000)),
  "an errmsg of 80,000 letters": errmsg("a".repeat(80_000)),
  "an errmsg of 900,000 brackets": errmsg("<[(".repeat(300_000)),
  "an errmsg of control characters": errmsg("\u202e\u0000\u001b[31m\n".repeat(1000)),
  "an errmsg that is an object": json('{"errcode":1,"errmsg":{"toString":1}}'),
  "an errcode beyond all numbers": json('{"errcode":1e999,"errmsg":"x"}'),
  "an errcode that is an object": json('{"errcode":{"valueOf":1},"errmsg":"x"}'),
  "an errcode that is a long text": json(`{"errcode":"${"9".repeat(100_000)}"}`),
  "a prototype": json('{"__proto__":{"errcode":0},"constructor":{"errcode":0}}'),
  "bytes that are no UTF-8": json("\xff\xfe\xfd"),
  "a ban without an end": json('{"status":1111,"wait":1e300,"punish":"deny"}'),
  "a ban of minus a year": json('{"status":1111,"wait":-31536000,"punish":"deny"}'),
  "the request itself": ({ socket, request }) =>
    void socket.end(`${ok}${length(JSON.stringify({ errcode: 310000, errmsg: request }))}`),
  "the request as a page": ({ socket, request }) =>
    void socket.end(`${ok}${length(`<html>${request}</html>`)}`),
  "the request as a status line": ({ socket, request }) =>
    void socket.end(`HTTP/1.1 500 ${request.split("\r\n")[0]}\r\n${length(request)}`),
  "the request as no HTTP": ({ socket, request }) => void socket.end(request),
};

const connections: Readonly<Record<string, RawRobotOptions>> = {
  "a connection that closes at once": { greet: (socket) => void socket.destroy() },
  "a connection that is reset at once": { greet: (socket) => void socket.resetAndDestroy() },
  "a greeting of SMTP": { greet: (socket) => void socket.write("220 mail ESMTP\r\n") },
  "a greeting of SSH, then the end": { greet: (socket) => void socket.end("SSH-2.0-x\r\n") },
  "an answer before the request": { greet: (socket) => void socket.end(`${ok}${length(good)}`) },
  "no answer": {},
  "the end of its half": { answer: ({ socket }) => void socket.end() },
  "a connection that stops reading": { greet: (socket) => void setImmediate(() => socket.pause()) },
};

const named = (answers: Readonly<Record<string, RawAnswer>>): [string, RawRobotOptions][] =>
  Object.entries(answers).map(([name, answer]) => [name, { answer }]);

/** What a hostile host, or a broken one, may do with a request. */
export const hostileAnswers: readonly (readonly [name: string, robot: RawRobotOptions])[] = [
  ...[statusLines, headers, bodies, statuses, contents].flatMap(named),
  ...Object.entries(connections),
];
