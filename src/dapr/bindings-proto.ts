import { createRequire } from "node:module";
import { loadPackageDefinition, type Server } from "@grpc/grpc-js";
import type { Options, PackageDefinition } from "@grpc/proto-loader";
import { packageFolder } from "../base/package-folder.ts";
import type { ProtoGrpcType } from "./gen/bindings.ts";
import type { InputBindingHandlers } from "./gen/dapr/proto/components/v1/InputBinding.ts";
import type { OutputBindingHandlers } from "./gen/dapr/proto/components/v1/OutputBinding.ts";
import { addLazily } from "./lazy-service.ts";

/** The first call of daprd loads the libraries, not the start of the process. */
const require = createRequire(import.meta.url);

/** The same choices as the flags of `npm run gen`: the generated types depend on them. */
const loaderOptions: Options = {
  keepCase: true,
  defaults: true,
  bytes: Buffer,
  includeDirs: [`${packageFolder}proto`],
};

const methods = {
  "/dapr.proto.components.v1.InputBinding/Init": "unary",
  "/dapr.proto.components.v1.InputBinding/Read": "bidi",
  "/dapr.proto.components.v1.InputBinding/Ping": "unary",
  "/dapr.proto.components.v1.OutputBinding/Init": "unary",
  "/dapr.proto.components.v1.OutputBinding/Invoke": "unary",
  "/dapr.proto.components.v1.OutputBinding/ListOperations": "unary",
  "/dapr.proto.components.v1.OutputBinding/Ping": "unary",
} as const;

/** Dapr's `bindings.proto` in the two forms that gRPC needs. */
export interface BindingsProto {
  readonly definition: PackageDefinition;
  readonly grpcTypes: ProtoGrpcType;
}

let loaded: BindingsProto | undefined;

/** Reads `bindings.proto` once; for servers, and for clients that play daprd. */
export function loadBindings(): BindingsProto {
  if (loaded !== undefined) return loaded;
  const loader: typeof import("@grpc/proto-loader") = require("@grpc/proto-loader");
  const definition = loader.loadSync("dapr/proto/components/v1/bindings.proto", loaderOptions);
  // The loader's types know nothing of the file. The generated ones are made from it.
  loaded = { definition, grpcTypes: loadPackageDefinition(definition) as unknown as ProtoGrpcType };
  return loaded;
}

/** Adds both directions of a pluggable binding to a server. */
export function addBindings(
  server: Server,
  input: InputBindingHandlers,
  output: OutputBindingHandlers,
): void {
  addLazily(server, methods, () => {
    const { InputBinding, OutputBinding } = loadBindings().grpcTypes.dapr.proto.components.v1;
    return {
      addToServer: (to) => {
        to.addService(InputBinding.service, input);
        to.addService(OutputBinding.service, output);
      },
    };
  });
}
