import { findFences, findProse } from "./markdown-blocks.ts";

/** `[label]: address "title"`, alone on its line. */
const definition = /^ {0,3}\[([^[\]\n]{1,200})\]:[ \t]*<?([^\s<>]+)>?[ \t]*(?:["'(][^\n]*)?$\n?/gm;

/** `[text][label]`, `[label][]` and `[label]`, but no link with an address and no definition. */
const reference = /\[([^[\]\n]{1,500})\](?:\[([^[\]\n]{0,200})\])?(?![[(:])/g;

/**
 * The Markdown with an address in each link that has a label. In a digest, a label would lead to the
 * address that another message gives the same label.
 */
export function inlineReferences(text: string): string {
  const fences = findFences(text);
  const prose = findProse(text, fences).map(({ start, end }) => text.slice(start, end));
  const addresses = new Map(
    prose
      .flatMap((run) => [...run.matchAll(definition)])
      .map(([, label = "", address = ""]) => [label.toLowerCase(), address] as const)
      // Of two equal labels the first counts.
      .reverse(),
  );
  if (addresses.size === 0) return text;
  return prose
    .map((run, index) => {
      const fence = fences[index];
      const block = fence === undefined ? "" : text.slice(fence.start, fence.end);
      return inlineIn(run.replace(definition, ""), addresses) + block;
    })
    .join("");
}

function inlineIn(run: string, addresses: ReadonlyMap<string, string>): string {
  return run.replace(reference, (found, shown: string, label?: string) => {
    const address = addresses.get((label || shown).toLowerCase());
    return address === undefined ? found : `[${shown}](${address})`;
  });
}
