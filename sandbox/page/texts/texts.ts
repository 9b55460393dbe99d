import { chinese } from "./chinese.ts";
import { english } from "./english.ts";

/** The type of the same text in another language: a text, a function that fills gaps, or a group. */
type Said<Value> = Value extends (...gaps: infer Gaps) => string
  ? (...gaps: Gaps) => string
  : Value extends string
    ? string
    : { readonly [Name in keyof Value]: Said<Value[Name]> };

/** All texts in one language. A missing or misspelled text does not compile. */
export type Texts = Said<typeof english>;

/** A language of the page. */
export type Language = "en" | "zh";

/** All languages, in the order of the switch. */
export const languages: readonly Language[] = ["zh", "en"];

/** The texts of each language. */
export const textsOf: Readonly<Record<Language, Texts>> = { en: english, zh: chinese };
