import {
  type ChannelCredentials,
  type Client,
  credentials,
  makeClientConstructor,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { service as healthService } from "grpc-health-check";

interface HealthClient extends Client {
  check(
    request: { service: string },
    options: { deadline: number },
    callback: (error: ServiceError | null, answer?: { status: string }) => void,
  ): void;
}

// The loader's types know nothing of the service's methods.
const HealthClient = makeClientConstructor(healthService, "Health") as unknown as new (
  address: string,
  credentials: ChannelCredentials,
  options: object,
) => HealthClient;

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
  const options = { "grpc.use_local_subchannel_pool": 1 };
  const client = new HealthClient(`unix:${path}`, credentials.createInsecure(), options);
  const deadline = Date.now() + timeoutMs;
  return new Promise<HealthAnswer>((resolve) => {
    client.check({ service }, { deadline }, (error, answer) => {
      resolve({ status: answer?.status, failure: error ? status[error.code] : undefined });
    });
  }).finally(() => client.close());
}
