/**
 * A Configuration that samples every call.
 *
 * @param receiver host and port for daprd's own spans, by OTLP over HTTP; none by default
 */
export function tracingConfiguration(receiver?: string): string {
  const samplingAll = `apiVersion: dapr.io/v1alpha1
kind: Configuration
metadata:
  name: tracing
spec:
  tracing:
    samplingRate: "1"
`;
  if (receiver === undefined) return samplingAll;
  return `${samplingAll}    otel:
      endpointAddress: ${receiver}
      isSecure: false
      protocol: http
`;
}
