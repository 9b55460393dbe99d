import type { Store } from "./store.ts";
import type { Language, Texts } from "./texts.ts";

/** What every part of the page draws from. */
export interface Context {
  readonly store: Store;
  readonly language: Language;
  readonly texts: Texts;
}
