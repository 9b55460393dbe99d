/** Headers that daprd or Go's HTTP client take for their own when an event's metadata names them. */
const reserved = new Set([
  "connection",
  "content-length",
  "content-type",
  "host",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * The metadata of a call that can travel on to the app. daprd makes request headers of it, and one
 * name or value that is no header would keep the whole event from the app.
 */
export function forwardableMetadata(
  metadata: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).filter(
      ([name, value]) =>
        /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) &&
        !reserved.has(name.toLowerCase()) &&
        !/[\p{Cc}]/u.test(value),
    ),
  );
}
