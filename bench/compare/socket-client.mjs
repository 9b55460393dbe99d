// Says to the component what daprd says when it loads one.
import { join } from "node:path";
import { credentials, Metadata } from "@grpc/grpc-js";

const server = new URL("../../build/src/dapr/bindings-proto.js", import.meta.url).href;
const { loadBindings } = /** @type {typeof import("../../src/dapr/bindings-proto.ts")} */ (
  await import(server)
);
const { InputBinding, OutputBinding } = loadBindings().grpcTypes.dapr.proto.components.v1;

/**
 * @param {string} sockets
 * @returns {{ init(name: string, properties: Record<string, string>): Promise<void>, close(): void }}
 */
export function connectClient(sockets) {
  const address = `unix:${join(sockets, "dingtalk.webhook.sock")}`;
  const input = new InputBinding(address, credentials.createInsecure());
  const output = new OutputBinding(address, credentials.createInsecure());
  return {
    async init(name, properties) {
      const header = new Metadata();
      header.set("x-component-instance", name);
      const request = { metadata: { properties } };
      await answered((done) => input.Init(request, header, done));
      await answered((done) => output.Init(request, header, done));
    },
    close() {
      input.close();
      output.close();
    },
  };
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
