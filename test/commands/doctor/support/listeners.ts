import { rename } from "node:fs/promises";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation, service as healthService } from "grpc-health-check";
import { onTestFinished } from "vitest";
import { loadBindings } from "../../../../src/dapr/bindings-proto.ts";

/** Leaves a socket without a process. Closing removes only the path that the socket was bound to. */
export async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer();
  await listen(server, `${path}.a`);
  await rename(`${path}.a`, path);
  await new Promise((resolve) => server.close(resolve));
}

/** Listens on a socket and hands each connection to a function. */
export async function listenOn(path: string, onConnection: (socket: Socket) => void) {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("error", () => {});
    onConnection(socket);
  });
  await listen(server, path);
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
}

/** Serves gRPC without the reflection that daprd uses to ask for services. */
export async function serveNoReflection(path: string): Promise<void> {
  const server = new Server();
  server.addService(healthService, {});
  await bind(server, path);
}

/** Serves a component that is not ours, which may refuse calls in our words. */
export async function serveOtherComponent(path: string, details = "who are you?"): Promise<void> {
  const { definition, grpcTypes } = loadBindings();
  const server = new Server();
  server.addService(grpcTypes.dapr.proto.components.v1.OutputBinding.service, {
    ListOperations: (_call: unknown, callback: (error: object) => void) =>
      callback({ code: status.FAILED_PRECONDITION, details }),
  });
  new ReflectionService(definition).addToServer(server);
  await bind(server, path);
}

/** Answers as our process does whose health services of these names do not serve. */
export async function serveUnhealthy(path: string, services: readonly string[]): Promise<void> {
  const { definition, grpcTypes } = loadBindings();
  const server = new Server();
  server.addService(grpcTypes.dapr.proto.components.v1.OutputBinding.service, {});
  new ReflectionService(definition).addToServer(server);
  const health = new HealthImplementation({ "dingtalk-webhook": "SERVING" });
  for (const service of services) health.setStatus(service, "NOT_SERVING");
  health.addToServer(server);
  await bind(server, path);
}

function listen(server: NetServer, path: string): Promise<void> {
  return new Promise((resolve) => server.listen(path, resolve));
}

async function bind(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  onTestFinished(() => server.forceShutdown());
}
