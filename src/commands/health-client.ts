import { credentials, makeClientConstructor, type ServiceError, status } from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";

const HealthClient = makeClientConstructor(healthService, "Health");

/** Options of a client that shares its connection with no other client. */
export const ownChannel = { "grpc.use_local_subchannel_pool": 1 };

/** What a health service says. */
export interface HealthAnswer {
  /** `SERVING`, `NOT_SERVING` or `UNKNOWN`; undefined without an answer. */
  readonly status: string | undefined;
  /** Name of the gRPC code with which the question failed; undefined for an answer. */
  readonly failure: string | undefined;
}

/** A question to a health service. */
export interface HealthQuestion {
  /** Name of the service that is asked for. The empty name stands for the whole process. */
  readonly service: string;
  /** The longest wait for the answer. */
  readonly timeoutMs: number;
}

/** Asks the health service of a socket. Never rejects. */
export function askHealth(
  path: string,
  { service, timeoutMs }: HealthQuestion,
): Promise<HealthAnswer> {
  const client = new HealthClient(`unix:${path}`, credentials.createInsecure(), ownChannel);
  const deadline = Date.now() + timeoutMs;
  return new Promise<HealthAnswer>((resolve) => {
    const answered = (error: ServiceError | null, answer?: { status: string }): void =>
      resolve({ status: answer?.status, failure: error ? status[error.code] : undefined });
    client.check?.({ service }, { deadline }, answered);
  }).finally(() => client.close());
}
