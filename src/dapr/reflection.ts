import { createRequire } from "node:module";
import type { Server } from "@grpc/grpc-js";
import type { PackageDefinition } from "@grpc/proto-loader";
import { type AddableService, addLazily } from "./lazy-service.ts";

/** The first question of daprd loads the library. daprd asks after the socket is there. */
const require = createRequire(import.meta.url);

const methods = {
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo": "bidi",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": "bidi",
} as const;

/**
 * Adds gRPC's reflection, by which daprd finds the services.
 *
 * @param onAsked hears of every call; each daprd makes one when it starts
 */
export function addReflection(
  server: Server,
  definition: () => PackageDefinition,
  onAsked: () => void,
): void {
  const create = (): AddableService => {
    const library: typeof import("@grpc/reflection") = require("@grpc/reflection");
    return new library.ReflectionService(definition());
  };
  addLazily(server, methods, create, onAsked);
}
