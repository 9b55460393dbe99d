import { mayBeCompressed } from "./decompress.ts";

/** What is longer has more parts than a robot may send in a minute. */
const longest = 600_000;

/** How JSON begins, also in UTF-16, and a spelling of bytes inside another one. */
const jsonBeginning = /^(?:\ufeff|\ufffd\ufffd)?[\s\0]*["'`{[/%]|^[\w+/=\s-]{20,}$/;

/**
 * The bytes that a text spells, as far as they may be JSON or compressed: base64, as .NET, Java and
 * Go write bytes; an address that holds its data; hexadecimal digits; a form, as in `payload=%7B…`.
 */
export function decodingsOf(text: string): Buffer[] {
  const trimmed = text.length > longest ? "" : text.trim();
  if (trimmed === "") return [];
  const data = trimmed.replace(/^data:[\w/+.;=-]{0,99},/i, "");
  return [decodeHex(trimmed), decodeBase64(data), decodeForm(data)].flatMap(
    (decoded) => decoded ?? [],
  );
}

/** Whether bytes begin as those do that another program should read. */
function isPromising(bytes: Buffer): boolean {
  return mayBeCompressed(bytes) || jsonBeginning.test(bytes.toString());
}

function decodeBase64(text: string): Buffer | undefined {
  if (!isPromising(Buffer.from(text.slice(0, 64), "base64"))) return undefined;
  return /^[A-Za-z0-9+/_\s-]{16,}={0,2}$/.test(text) ? Buffer.from(text, "base64") : undefined;
}

function decodeHex(text: string): Buffer | undefined {
  const digits = text.replace(/^(?:0|\\)x/i, "");
  if (!/^(?:[0-9a-f]{2}[\s:]?){9}/i.test(digits)) return undefined;
  const bytes = Buffer.from(digits.replace(/[\s:]/g, ""), "hex");
  const isWhole = bytes.length >= 9 && /^(?:[0-9a-f]{2}[\s:]?)+$/i.test(digits);
  return isWhole && isPromising(bytes.subarray(0, 48)) ? bytes : undefined;
}

function decodeForm(text: string): Buffer | undefined {
  const encoded = /^(?:\w{1,20}=)?(%(?:7B|5B|2[257])\S*)$/i.exec(text)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return Buffer.from(decodeURIComponent(encoded.replaceAll("+", " ")));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
}
