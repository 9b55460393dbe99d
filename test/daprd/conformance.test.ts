import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { answerEvents, DaprdClient } from "../support/daprd-client.ts";
import { phrase, startComponent, startSandbox } from "./support/executable.ts";
import { textMessage } from "./support/message.ts";
import { createPlace } from "./support/place.ts";

/** A component with a client in daprd's place; Dapr's own suite gives its component no name. */
async function startConformance() {
  const { sockets } = await createPlace();
  const sandbox = await startSandbox();
  const component = await startComponent({ sockets });
  const socket = join(sockets, "dingtalk.webhook.sock");
  const client = new DaprdClient(socket, "");
  const properties = { id: "conformance", url: sandbox.url("sandbox") };
  return { sandbox, component, socket, client, properties };
}

/**
 * The cases of Dapr's conformance suite for bindings with the operations that a binding without a
 * store can pass.
 *
 * @see https://github.com/dapr/components-contrib/tree/main/tests/conformance/bindings
 */
describe("conformance with other bindings", () => {
  test("init succeeds, the output first and then the input", async () => {
    const { client, properties } = await startConformance();

    const output = client.initOutput(properties);
    await expect(output).resolves.toBeUndefined();
    const input = client.initInput(properties);

    await expect(input).resolves.toBeUndefined();
  });

  test("ping is answered", async () => {
    const { client, properties } = await startConformance();
    await client.init(properties);

    const ping = client.ping();

    await expect(ping).resolves.toBeUndefined();
  });

  test("operations lists what can be called", async () => {
    const { client, properties } = await startConformance();
    await client.initOutput(properties);

    const operations = await client.operations();

    expect(operations).toEqual(["get", "create", "reply"]);
  });

  test("create succeeds", async () => {
    const { client, sandbox, properties } = await startConformance();
    await client.initOutput(properties);

    const response = await client.create(textMessage("hello"));

    expect(response.data.toString()).toBe('{"errcode":0,"errmsg":"ok"}');
    expect(await sandbox.texts("sandbox")).toEqual(["hello"]);
  });

  test("read opens a stream that brings events until the client ends it", async () => {
    const { client, component, properties } = await startConformance();
    await client.initOutput(properties);
    await client.initInput(properties);
    const stream = client.read();
    const events = answerEvents(stream, ({ data }) => ({ response_data: data }));
    await component.says(phrase.reads);

    const { data } = await client.invoke("get", "an event");

    expect(data.toString()).toBe("an event");
    expect(events.map((event) => event.data.toString())).toEqual(["an event"]);
    stream.end();
    await once(stream, "end");
  });

  test("close of both connections leaves a component that a new client can use", async () => {
    const { socket, client, component, sandbox, properties } = await startConformance();
    await client.init(properties);
    const stream = client.read();
    await component.says(phrase.reads);

    stream.cancel();
    client.close();
    await component.says(phrase.stoppedReading);
    const next = new DaprdClient(socket, "");
    await next.init(properties);
    await next.create(textMessage("from the next"));

    expect(await sandbox.texts("sandbox")).toEqual(["from the next"]);
  });
});
