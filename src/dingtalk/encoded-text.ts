/** What is longer has more parts than a robot may send in a minute. */
const longest = 600_000;

/** How the beginning of JSON looks: as it is, and as base64 of itself. */
const jsonBeginning = /^\ufeff?\s*(?:["'`{[]|e[yw])/;

/**
 * What a text holds in an encoding, as far as it may be JSON: base64, as .NET, Java and Go write
 * bytes; an address that holds its data; hexadecimal digits; a form, as in `payload=%7B…`.
 */
export function decodingsOf(text: string): string[] {
  const trimmed = text.length > longest ? "" : text.trim();
  if (trimmed === "") return [];
  const data = trimmed.replace(/^data:[\w/+.;=-]{0,99},/i, "");
  return [decodeHex(trimmed), decodeBase64(data), decodeForm(trimmed)].flatMap(
    (decoded) => decoded ?? [],
  );
}

function decodeBase64(text: string): string | undefined {
  const beginning = Buffer.from(text.slice(0, 64), "base64").toString();
  if (!jsonBeginning.test(beginning)) return undefined;
  if (!/^[A-Za-z0-9+/_\s-]{16,}={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, "base64").toString();
}

function decodeHex(text: string): string | undefined {
  const isHex = /^(?:0x)?(?:7b|5b|22|27)(?:[0-9a-f]{2}){8,}$/i.test(text);
  return isHex ? Buffer.from(text.replace(/^0x/i, ""), "hex").toString() : undefined;
}

function decodeForm(text: string): string | undefined {
  const encoded = /^(?:\w{1,20}=)?(%7B\S*)$/i.exec(text)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return undefined;
  }
}
