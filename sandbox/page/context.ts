import type { Store } from "./data/store.ts";
import type { Language, Texts } from "./texts/texts.ts";

/** What every part of the page draws from. */
export interface Context {
  readonly store: Store;
  readonly language: Language;
  readonly texts: Texts;
}
