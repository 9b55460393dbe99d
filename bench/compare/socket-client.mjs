// Says to the component what daprd says when it loads one.
import { join } from "node:path";
import { credentials, Metadata } from "@grpc/grpc-js";

const server = new URL("../../build/src/dapr/bindings-proto.js", import.meta.url).href;
const { loadBindings } = /** @type {typeof import("../../src/dapr/bindings-proto.ts")} */ (
  await import(server)
);
const { InputBinding, OutputBinding } = loadBindings().grpcTypes.dapr.proto.components.v1;

/**
 * @typedef {object} Client
 * @property {(name: string, properties: Record<string, string>) => Promise<void>} init both directions
 * @property {(name: string, properties: Record<string, string>) => Promise<void>} initOutput
 * @property {(name: string, text: string) => Promise<void>} create sends a text
 * @property {() => void} close
 *
 * @param {string} sockets
 * @returns {Client}
 */
export function connectClient(sockets) {
  const address = `unix:${join(sockets, "dingtalk.webhook.sock")}`;
  const input = new InputBinding(address, credentials.createInsecure());
  const output = new OutputBinding(address, credentials.createInsecure());
  return {
    async init(name, properties) {
      const [request, header] = [{ metadata: { properties } }, headerOf(name)];
      await answered((done) => input.Init(request, header, done));
      await answered((done) => output.Init(request, header, done));
    },
    async initOutput(name, properties) {
      const request = { metadata: { properties } };
      await answered((done) => output.Init(request, headerOf(name), done));
    },
    async create(name, text) {
      const data = Buffer.from(JSON.stringify({ msgtype: "text", text: { content: text } }));
      const request = { operation: "create", data, metadata: {} };
      await answered((done) => output.Invoke(request, headerOf(name), done));
    },
    close() {
      input.close();
      output.close();
    },
  };
}

/** @param {string} name */
function headerOf(name) {
  const header = new Metadata();
  header.set("x-component-instance", name);
  return header;
}

/**
 * @param {(done: (error: Error | null) => void) => void} call
 * @returns {Promise<void>}
 */
function answered(call) {
  return new Promise((resolve, reject) => {
    call((error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
