import { createRequire } from "node:module";
import type { Server } from "@grpc/grpc-js";
import type { HealthImplementation } from "grpc-health-check";
import { addLazily } from "./lazy-service.ts";

type Status = "SERVING" | "NOT_SERVING";

/** Loaded by the first probe, which parses the library's `.proto`. */
const require = createRequire(import.meta.url);

const methods = {
  "/grpc.health.v1.Health/Check": "unary",
  "/grpc.health.v1.Health/List": "unary",
  "/grpc.health.v1.Health/Watch": "serverStream",
} as const;

/** gRPC's health service. */
export class Health {
  readonly #statuses = new Map<string, Status>([["", "NOT_SERVING"]]);
  #implementation: HealthImplementation | undefined;

  setStatus(service: string, status: Status): void {
    this.#statuses.set(service, status);
    this.#implementation?.setStatus(service, status);
  }

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
