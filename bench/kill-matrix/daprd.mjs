// A real daprd between the component and the app.
import { daprdPath } from "../../test/daprd/build.mjs";
import { freePort } from "../compare/children.mjs";
import { startChild } from "./child.mjs";

/**
 * @typedef {object} DaprdPlace
 * @property {string} folder
 * @property {string} sockets
 * @property {string} resources
 * @property {number} appPort
 * @property {boolean} checksHealth whether daprd looks every second whether the app is well
 *
 * @param {DaprdPlace} place
 * @returns {Promise<import("./child.mjs").Child>}
 */
export async function startDaprd({ folder, sockets, resources, appPort, checksHealth }) {
  const httpPort = await freePort();
  const health = ["--app-health-probe-interval", "1", "--app-health-threshold", "1"];
  const child = startChild(
    "daprd",
    [
      ...[daprdPath(), "--mode", "standalone", "--app-id", "kill-matrix"],
      ...["--resources-path", resources, "--dapr-http-port", `${httpPort}`],
      ...["--dapr-grpc-port", `${await freePort()}`],
      ...["--dapr-internal-grpc-port", `${await freePort()}`],
      ...["--dapr-listen-addresses", "127.0.0.1"],
      ...["--dapr-internal-grpc-listen-address", "127.0.0.1"],
      ...["--enable-metrics=false", "--dapr-graceful-shutdown-seconds", "1"],
      ...["--app-port", `${appPort}`, "--app-channel-address", "127.0.0.1"],
      ...(checksHealth ? ["--enable-app-health-check", ...health] : []),
    ],
    {
      env: { DAPR_HOST_IP: "127.0.0.1", DAPR_COMPONENTS_SOCKETS_FOLDER: sockets },
      cwd: folder,
    },
  );
  await child.says("dapr initialized. Status: Running");
  return child;
}
