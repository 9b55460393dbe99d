import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

/** The largest answer that is read, in bytes. A robot answers with one line of JSON. */
export const maxAnswerBytes = 1024 * 1024;

const decoders = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
} as const;

/**
 * The text of an answer without a byte order mark. A gateway may compress what nobody asked it to.
 *
 * @returns undefined if the bytes are not of the coding, or of more than {@link maxAnswerBytes}
 */
export function decodeBody(bytes: Buffer, coding = "identity"): string | undefined {
  const name = coding.trim().toLowerCase();
  if (name === "" || name === "identity") return textOf(bytes);
  const decode = isKnown(name) ? decoders[name] : undefined;
  try {
    return decode && textOf(decode(bytes, { maxOutputLength: maxAnswerBytes }));
  } catch {
    return undefined;
  }
}

function isKnown(name: string): name is keyof typeof decoders {
  return Object.hasOwn(decoders, name);
}

function textOf(bytes: Buffer): string {
  return bytes.toString().replace(/^\uFEFF/, "");
}
