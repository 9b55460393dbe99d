// Receives events of the binding. Usage: APP_PORT=6000 node receive.js (with DAPR_HTTP_PORT set)
import { DaprServer } from "@dapr/dapr";

const { APP_PORT: serverPort, DAPR_HTTP_PORT: daprPort } = process.env;
const server = new DaprServer({
  serverHost: "127.0.0.1",
  serverPort,
  clientOptions: { daprHost: "127.0.0.1", daprPort },
});
// The SDK answers daprd with an empty body: what the function returns is lost.
await server.binding.receive("alerts", async (event) => {
  console.log("received", JSON.stringify(event));
});
await server.start();
