import { closest, distance } from "fastest-levenshtein";
import { mentionKeys } from "../dingtalk/parse-mentions.ts";
import { fields, metadataFields } from "./fields.ts";

const perCallFields = metadataFields.filter(({ perCall }) => perCall).map(({ name }) => name);

/** The keys that name the message of a `reply` and say whether its sender is mentioned. */
const replyKeys = ["msgId", "sessionWebhook", fields.replyAt.name];

/** The keys of a call's metadata that have a meaning, by their folded names. */
const known = new Map(
  [...mentionKeys, "msgUuid", ...perCallFields, ...replyKeys].map((key) => [fold(key), key]),
);
const foldedNames = [...known.keys()];

/** The bounds on what is looked at of the metadata, which comes from outside. */
const maxKeys = 50;
const maxKeyLength = 20;

/** A key without a meaning, and the known key for which it was probably meant. */
export interface NearMiss {
  readonly key: string;
  readonly nearest: string;
}

/** The judgement on each key. Every call brings the same few keys, so each is compared once. */
const judged = new Map<string, NearMiss | undefined>();
const maxJudged = 1000;

/** The keys of a call's metadata that are misspelled, by two letters at most, or cut short. */
export function nearMisses(metadata: Readonly<Record<string, string>>): NearMiss[] {
  return Object.keys(metadata)
    .slice(0, maxKeys)
    .flatMap((key) => (key.length > maxKeyLength ? [] : (judge(key) ?? [])));
}

function judge(key: string): NearMiss | undefined {
  if (judged.has(key)) return judged.get(key);
  const nearMiss = compare(key);
  if (judged.size < maxJudged) judged.set(key, nearMiss);
  return nearMiss;
}

function compare(key: string): NearMiss | undefined {
  const folded = fold(key);
  const whole = findWhole(folded);
  const name = whole ?? closest(folded, foldedNames);
  const nearest = known.get(name);
  const isKnown = nearest?.toLowerCase() === key.toLowerCase();
  if (nearest === undefined || isKnown) return undefined;
  if (whole === undefined && distance(folded, name) > 2) return undefined;
  return { key, nearest };
}

/** The only known name that begins with this abbreviation, as `ttl`. */
function findWhole(folded: string): string | undefined {
  const names = folded.length < 3 ? [] : foldedNames.filter((name) => name.startsWith(folded));
  return names.length === 1 ? names[0] : undefined;
}

/** Letter case and marks between words are no difference. */
function fold(key: string): string {
  return key.toLowerCase().replace(/[^a-z0-9]/g, "");
}
