import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { startComponent } from "../support/component.ts";
import { DaprdClient } from "../support/daprd-client.ts";
import { expectGoodCall } from "./support/good-call.ts";
import {
  beginCall,
  closed,
  frame,
  grpcMessage,
  openHttp2,
  openRaw,
  preface,
} from "./support/raw-client.ts";

const megabyte = 1024 * 1024;
const methods = ["Init", "Invoke", "ListOperations", "Ping"];

/** Bytes that are no Protobuf, or not of the message that is wanted. */
const payloads: Readonly<Record<string, Buffer>> = {
  "a length beyond the end": Buffer.from("0aff7f", "hex"),
  "a varint without end": Buffer.alloc(1000, 0xff),
  "an unknown wire type": Buffer.from("0f00", "hex"),
  "groups in 10,000 levels": Buffer.alloc(10_000, 0x0b),
  "a text that is no UTF-8": Buffer.from("1203fffefd", "hex"),
  "a map without keys": Buffer.from("0a021200".repeat(1000), "hex"),
  "field zero": Buffer.from("0000", "hex"),
  "a negative length": Buffer.from("0affffffffffffffffff01", "hex"),
  "a million unknown fields": Buffer.from("f8070000".repeat(250_000), "hex"),
};

const rawBytes: Readonly<Record<string, Buffer>> = {
  "HTTP/1.1": Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  "a megabyte of NUL": Buffer.alloc(megabyte),
  TLS: Buffer.from("160301020001000102030405", "hex"),
  "half a preface": preface.subarray(0, 10),
  "a preface alone": preface,
  "a frame on stream 0": Buffer.concat([preface, frame({ type: 0, payload: Buffer.from("x") })]),
  "a frame of 16 MB": Buffer.concat([preface, frame({ type: 0, stream: 1, length: 0xffffff })]),
  "an unknown frame": Buffer.concat([preface, frame({ type: 200, payload: Buffer.alloc(100) })]),
  "headers that are no HPACK": Buffer.concat([
    preface,
    frame({ type: 1, flags: 4, stream: 1, payload: Buffer.alloc(100, 0xff) }),
  ]),
  "a continuation of nothing": Buffer.concat([preface, frame({ type: 9, stream: 1 })]),
  "10,000 continuations": Buffer.concat([
    preface,
    frame({ type: 1, stream: 1 }),
    ...Array<Buffer>(10_000).fill(frame({ type: 9, stream: 1, payload: Buffer.alloc(10) })),
  ]),
  "100,000 settings": Buffer.concat([preface, ...Array<Buffer>(100_000).fill(frame({ type: 4 }))]),
  "100,000 pings": Buffer.concat([
    preface,
    ...Array<Buffer>(100_000).fill(frame({ type: 6, payload: Buffer.alloc(8) })),
  ]),
  "a window beyond all bounds": Buffer.concat([
    preface,
    frame({ type: 8, payload: Buffer.from("7fffffff", "hex") }),
    frame({ type: 8, payload: Buffer.from("7fffffff", "hex") }),
  ]),
  "a stream that depends on itself": Buffer.concat([
    preface,
    frame({ type: 2, stream: 1, payload: Buffer.from("0000000110", "hex") }),
  ]),
};

const flaws: readonly (readonly [name: string, method: string, headers: Record<string, string>])[] =
  [
    ["an unknown method", "/x.y/Z", {}],
    ["a path of a file", "/../../etc/passwd", {}],
    ["another content type", "Invoke", { "content-type": "text/html" }],
    ["an unknown encoding", "Invoke", { "grpc-encoding": "cow" }],
    ["a timeout that is none", "Invoke", { "grpc-timeout": "soon" }],
    ["a timeout of nothing", "Invoke", { "grpc-timeout": "0n" }],
    ["a timeout of ages", "Invoke", { "grpc-timeout": "99999999H" }],
    ["a name of 10,000 letters", "Invoke", { "x-component-instance": "x".repeat(10_000) }],
    ["a name that objects inherit", "Invoke", { "x-component-instance": "__proto__" }],
    ["headers of 60 KB", "Invoke", { "x-big": "x".repeat(60_000) }],
    ["a trace that is none", "Invoke", { traceparent: "x", "grpc-trace-bin": "!!" }],
  ];

describe("a component whose socket gets", () => {
  test.each(Object.entries(rawBytes))("%s goes on", async (_, bytes) => {
    const { socket } = await startComponent();
    const raw = openRaw(socket);

    raw.write(bytes);

    await expectGoodCall(socket);
  });

  test.each(Object.entries(payloads))("%s as Protobuf goes on", async (_, payload) => {
    const { socket } = await startComponent();
    const session = openHttp2(socket);
    const calls = methods.map((method) => beginCall(session, method));

    for (const call of calls) call.end(grpcMessage(payload));

    await Promise.all(calls.map(closed));
    await expectGoodCall(socket);
  });

  test.each(flaws)("a call with %s goes on", async (_, method, headers) => {
    const { socket } = await startComponent();
    const call = beginCall(openHttp2(socket), method, headers);

    call.end(grpcMessage(Buffer.alloc(0)));

    await closed(call);
    await expectGoodCall(socket);
  });

  test.each([
    ["gzip", "gzip", gzipSync(Buffer.alloc(64 * megabyte))],
    ["no gzip", "gzip", Buffer.from("no gzip")],
    ["no encoding", "identity", gzipSync(Buffer.alloc(1000))],
  ])("a bomb as %s goes on", async (_, encoding, payload) => {
    const { socket } = await startComponent();
    const call = beginCall(openHttp2(socket), "Invoke", { "grpc-encoding": encoding });

    call.end(grpcMessage(payload, { flag: 1 }));

    await closed(call);
    await expectGoodCall(socket);
  });

  test("messages with a wrong length goes on", async () => {
    const { socket } = await startComponent();
    const session = openHttp2(socket);
    const calls = [0, 1, 5, 0xffffffff].map((length) => {
      const call = beginCall(session, "Invoke");
      call.end(grpcMessage(Buffer.from("0a03616263", "hex"), { length }));
      return call;
    });

    await Promise.all(calls.map(closed));

    await expectGoodCall(socket);
  });

  test("2,000 calls that are reset at once goes on", async () => {
    const { socket } = await startComponent();
    const session = openHttp2(socket);

    for (let count = 0; count < 2000; count += 1) beginCall(session, "Invoke").close(8);

    await expectGoodCall(socket);
  });

  test("500 calls that are never finished goes on", async () => {
    const { socket } = await startComponent();
    const sessions = Array.from({ length: 5 }, () => openHttp2(socket));

    for (const session of sessions) {
      for (let count = 0; count < 100; count += 1) {
        beginCall(session, "Invoke").write(grpcMessage(Buffer.alloc(10), { length: 1000 }));
      }
    }

    await expectGoodCall(socket);
  });

  test("2,000 Inits of one name and of 200 names goes on", async () => {
    const { socket } = await startComponent();
    const one = new DaprdClient(socket, "flooded");
    const init = { id: "a", url: "http://127.0.0.1:1/robot/send?access_token=t" };
    const ofOneName = Array.from({ length: 1800 }, (_, index) =>
      one.initOutput({ ...init, id: `${index}` }),
    );
    const ofManyNames = Array.from({ length: 200 }, (_, index) =>
      new DaprdClient(socket, `name-${index}`).initOutput({ id: "", url: `x${index}` }),
    );

    const outcomes = await Promise.allSettled([...ofOneName, ...ofManyNames]);

    const settled = outcomes.filter(({ status }) => status === "fulfilled");
    expect(settled).toHaveLength(1800);
    await expectGoodCall(socket);
  });
});
