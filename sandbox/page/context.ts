import type { Store } from "./data/store.ts";
import type { Language, Texts } from "./texts/texts.ts";

/** The store, the language and its texts, which every part of the page needs. */
export interface Context {
  readonly store: Store;
  readonly language: Language;
  readonly texts: Texts;
}
