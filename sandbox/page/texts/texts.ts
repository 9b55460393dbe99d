import { chinese } from "./chinese.ts";
import { english } from "./english.ts";

/** A text, a sentence with gaps, or a group of texts. */
type Said<Value> = Value extends (...gaps: infer Gaps) => string
  ? (...gaps: Gaps) => string
  : Value extends string
    ? string
    : { readonly [Name in keyof Value]: Said<Value[Name]> };

/** All texts in one language: a missing or misspelled one does not compile. */
export type Texts = Said<typeof english>;

/** The languages that the page speaks. */
export type Language = "en" | "zh";

/** The languages in the order of the switch. */
export const languages: readonly Language[] = ["zh", "en"];

/** The texts of each language. */
export const textsOf: Readonly<Record<Language, Texts>> = { en: english, zh: chinese };
