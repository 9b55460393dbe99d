import type { Entry, Outcome } from "../../api/types.ts";

/** What a reader looks for: a text, and how the requests ended. */
export interface Query {
  /** An empty text is in every entry. */
  readonly text: string;
  readonly outcome: Outcome | "all";
}

/** The query that finds everything. */
export const findAll: Query = { text: "", outcome: "all" };

/** Whether a query leaves nothing out. */
export function findsAll({ text, outcome }: Query): boolean {
  return text === "" && outcome === "all";
}

const haystacks = new WeakMap<Entry, string>();

/** The entries with the text in the body as sent, in the message or in the error text. */
export function search(entries: readonly Entry[], { text, outcome }: Query): readonly Entry[] {
  const needle = text.trim().toLowerCase();
  const judged = outcome === "all" ? entries : entries.filter((entry) => entry.outcome === outcome);
  return needle === "" ? judged : judged.filter((entry) => haystack(entry).includes(needle));
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
