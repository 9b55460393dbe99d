import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { onTestFinished } from "vitest";

/** A call of InvokeBinding: binding, operation, and the headers of the app's tracing. */
export interface GrpcInvocation {
  readonly name: string;
  readonly operation: string;
  readonly data: unknown;
  /** The header grpc-trace-bin. If unset, the call has none. */
  readonly traceBin?: Buffer;
}

/** Calls InvokeBinding of daprd's gRPC API. Resolves with the error of a call that fails. */
export async function invokeBinding(
  port: number,
  { name, operation, data, traceBin }: GrpcInvocation,
): Promise<ServiceError | undefined> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const headers = new Metadata();
  if (traceBin !== undefined) headers.set("grpc-trace-bin", traceBin);
  // InvokeBindingRequest{name: 1, data: 2, operation: 4}
  const request = Buffer.concat([
    ...[field(1, name), field(2, JSON.stringify(data)), field(4, operation)],
  ]);
  const asIs = (bytes: Buffer): Buffer => bytes;
  const path = "/dapr.proto.runtime.v1.Dapr/InvokeBinding";
  return await new Promise((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, request, headers, (error) =>
      resolve(error ?? undefined),
    );
  });
}

/** A text field of at most 127 bytes. */
function field(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 127) throw new RangeError("the text needs a longer length");
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}
