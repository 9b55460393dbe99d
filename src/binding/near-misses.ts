import { closest, distance } from "fastest-levenshtein";
import type { Logger } from "pino";
import { mentionKeys } from "../dingtalk/parse-mentions.ts";
import { metadataFields } from "./fields.ts";

const perCallFields = metadataFields.filter(({ perCall }) => perCall).map(({ name }) => name);

/** The keys of a call's metadata that have a meaning, by their folded names. */
const known = new Map([...mentionKeys, "msgUuid", ...perCallFields].map((key) => [fold(key), key]));
const foldedNames = [...known.keys()];

/** The bounds on what is looked at of the metadata, which comes from outside. */
const maxKeys = 50;
const maxKeyLength = 20;

/** A key without a meaning, and the known key for which it was probably meant. */
export interface NearMiss {
  readonly key: string;
  readonly nearest: string;
}

/** The keys of a call's metadata that are misspelled, by two letters at most. */
export function nearMisses(metadata: Readonly<Record<string, string>>): NearMiss[] {
  return Object.keys(metadata)
    .slice(0, maxKeys)
    .flatMap((key) => {
      if (key.length > maxKeyLength) return [];
      const folded = fold(key);
      const name = closest(folded, foldedNames);
      const nearest = known.get(name);
      const isKnown = nearest?.toLowerCase() === key.toLowerCase();
      if (nearest === undefined || isKnown || distance(folded, name) > 2) return [];
      return [{ key, nearest }];
    });
}

/** How many misspelled keys of calls are warned of. Calls bring their keys from outside. */
const maxWarnedKeys = 100;

/** Logs once each key of the metadata of calls that looks like a known one. Adds it to `warned`. */
export function warnOfNearMisses(
  metadata: Readonly<Record<string, string>>,
  { log, warned }: { readonly log: Logger; readonly warned: Set<string> },
): void {
  for (const { key, nearest } of nearMisses(metadata)) {
    if (warned.has(key) || warned.size >= maxWarnedKeys) continue;
    warned.add(key);
    log.warn(
      { field: key, nearest },
      "unknown metadata of a call ignored, did you mean the nearest?",
    );
  }
}

/** Letter case and marks between words are no difference. */
function fold(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, "");
}
