/**
 * Header names that daprd, or Go's HTTP client inside it, would take as its own settings when they
 * stand in the metadata of an event.
 */
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
 * Keeps the metadata of a call that may go on to the app. daprd makes request headers of an event's
 * metadata. A single name or value that no header may have would keep the whole event from the app.
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
