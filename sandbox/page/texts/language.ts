import { type Language, languages } from "./texts.ts";

const storageKey = "sandbox-language";

/** The language chosen on this page earlier, else the browser's. */
export function preferredLanguage(): Language {
  const chosen = languages.find((language) => language === readChoice());
  return chosen ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
}

/** Remembers a choice for the next visit, where the browser allows it. */
export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // Private windows may refuse: the choice then lasts as long as the page.
  }
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}
