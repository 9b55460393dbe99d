import { createRequire } from "node:module";
import type { Server } from "@grpc/grpc-js";
import type { HealthImplementation } from "grpc-health-check";
import { addLazily } from "./lazy-service.ts";

type Status = "SERVING" | "NOT_SERVING";

/** The first probe loads the library, which then parses a `.proto` file. */
const require = createRequire(import.meta.url);

const methods = {
  "/grpc.health.v1.Health/Check": "unary",
  "/grpc.health.v1.Health/List": "unary",
  "/grpc.health.v1.Health/Watch": "serverStream",
} as const;

/** gRPC's health service. One object serves all servers of the process. */
export class Health {
  readonly #statuses = new Map<string, Status>([["", "NOT_SERVING"]]);
  #implementation: HealthImplementation | undefined;

  /** Sets the status of a service by name. The empty name stands for the whole process. */
  setStatus(service: string, status: Status): void {
    this.#statuses.set(service, status);
    this.#implementation?.setStatus(service, status);
  }

  /** Offers the service on a server. */
  addToServer(server: Server): void {
    addLazily(server, methods, () => this.#load());
  }

  #load(): HealthImplementation {
    if (this.#implementation !== undefined) return this.#implementation;
    const library: typeof import("grpc-health-check") = require("grpc-health-check");
    this.#implementation = new library.HealthImplementation(Object.fromEntries(this.#statuses));
    return this.#implementation;
  }
}
