import { createHmac } from "node:crypto";

/**
 * The Base64 signature of a moment, as robots check it and as callbacks carry it.
 *
 * @param timestampMs milliseconds since 1970; a text is signed as it is written
 * @see https://open.dingtalk.com/document/dingstart/customize-robot-security-settings
 */
export function sign(timestampMs: number | string, secret: string): string {
  return createHmac("sha256", secret).update(`${timestampMs}\n${secret}`).digest("base64");
}

/**
 * The URL with the query parameters `timestamp` and `sign`. Former ones are replaced, a fragment is
 * dropped, all else stays as it was written.
 *
 * DingTalk reads the first of two equal parameters, so an old `sign` left in a copied address
 * would win over a fresh one.
 */
export function signUrl(url: URL, secret: string, timestampMs: number): URL {
  const bare = bareHref(url);
  const separator = bare.includes("?") ? "&" : "?";
  const signature = encodeURIComponent(sign(timestampMs, secret));
  return new URL(`${bare}${separator}timestamp=${timestampMs}&sign=${signature}`);
}

/** The bare address of each robot's URL: computing it parses the URL several times. */
const bareHrefs = new WeakMap<URL, { href: string; bare: string }>();

/** The text of {@link withoutSignature}. */
export function bareHref(url: URL): string {
  const known = bareHrefs.get(url);
  if (known?.href === url.href) return known.bare;
  const bare = withoutSignature(url).href;
  bareHrefs.set(url, { href: url.href, bare });
  return bare;
}

/** The URL without `timestamp`, `sign` and fragment. The other parameters keep their spelling. */
export function withoutSignature(url: URL): URL {
  const bare = new URL(url);
  bare.hash = "";
  bare.search = url.search
    .slice(1)
    .split("&")
    .filter((pair) => pair !== "" && !/^(timestamp|sign)(=|$)/.test(pair))
    .join("&");
  return bare;
}
