import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { loadSync } from "@grpc/proto-loader";
import { listenHere } from "../../support/listen.ts";

/** Attributes by name. */
export type Values = Readonly<Record<string, unknown>>;

/** A span as the collector sees it. */
export interface ReceivedSpan {
  readonly service: unknown;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly attributes: Values;
  readonly events: readonly { readonly name: string; readonly attributes: Values }[];
}

/** A collector in this process. */
export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly host: string;
  readonly spans: readonly ReceivedSpan[];
  /** All bodies as they were received. */
  raw(): Buffer;
}

/** Receives traces by OTLP over HTTP, as a collector does. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: Buffer[] = [];
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const isTraces = request.method === "POST" && request.url === "/v1/traces";
    if (isTraces) {
      bodies.push(body);
      spans.push(...readSpans(body));
    }
    response.writeHead(isTraces ? 200 : 404, { "content-type": "application/x-protobuf" }).end();
  });
  const host = `127.0.0.1:${await listenHere(server)}`;
  return { endpoint: `http://${host}`, host, spans, raw: () => Buffer.concat(bodies) };
}

interface KeyValue {
  readonly key: string;
  readonly value: Values & { readonly value: string };
}

interface TraceRequest {
  readonly resource_spans: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] } | null;
    readonly scope_spans: readonly {
      readonly spans: readonly {
        readonly trace_id: Buffer;
        readonly span_id: Buffer;
        readonly parent_span_id: Buffer;
        readonly name: string;
        readonly kind: string;
        readonly attributes: readonly KeyValue[];
        readonly events: readonly { name: string; attributes: readonly KeyValue[] }[];
        readonly status: { readonly code: string } | null;
      }[];
    }[];
  }[];
}

const proto = fileURLToPath(new URL("otlp.proto", import.meta.url));
const loaderOptions = {
  keepCase: true,
  defaults: true,
  enums: String,
  longs: Number,
  bytes: Buffer,
  oneofs: true,
};
// The types of the loader do not know the file, which has this one service.
const { Export } = loadSync(proto, loaderOptions)[
  "opentelemetry.proto.collector.trace.v1.TraceService"
] as unknown as { Export: { requestDeserialize(body: Buffer): TraceRequest } };

function readSpans(body: Buffer): ReceivedSpan[] {
  const { resource_spans } = Export.requestDeserialize(body);
  return resource_spans.flatMap(({ resource, scope_spans }) =>
    scope_spans.flatMap(({ spans }) =>
      spans.map((span) => ({
        service: valuesOf(resource?.attributes ?? [])["service.name"],
        traceId: span.trace_id.toString("hex"),
        spanId: span.span_id.toString("hex"),
        parentId: span.parent_span_id.toString("hex"),
        name: span.name,
        kind: span.kind,
        status: span.status?.code ?? "UNSET",
        attributes: valuesOf(span.attributes),
        events: span.events.map(({ name, attributes }) => ({
          name,
          attributes: valuesOf(attributes),
        })),
      })),
    ),
  );
}

function valuesOf(attributes: readonly KeyValue[]): Values {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value[value.value]]));
}
