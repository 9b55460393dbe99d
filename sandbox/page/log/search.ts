import type { Entry } from "../../api/types.ts";

const haystacks = new WeakMap<Entry, string>();

/** The entries that contain a text: in the body as sent, in the message or in the error text. */
export function search(entries: readonly Entry[], text: string): readonly Entry[] {
  const needle = text.trim().toLowerCase();
  return needle === "" ? entries : entries.filter((entry) => haystack(entry).includes(needle));
}

/** The text to search in. It is made once per entry, at the first search. */
function haystack(entry: Entry): string {
  const known = haystacks.get(entry);
  if (known !== undefined) return known;
  const parts = [entry.body, JSON.stringify(entry.message ?? ""), entry.errmsg, entry.why ?? ""];
  const made = [...parts, String(entry.errcode ?? "")].join("\n").toLowerCase();
  haystacks.set(entry, made);
  return made;
}
