import { type Language, languages } from "./texts.ts";

const storageKey = "sandbox-language";

/** The language that was chosen on this page earlier; by default the browser's. */
export function preferredLanguage(): Language {
  const chosen = languages.find((language) => language === readChoice());
  return chosen ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
}

/** Remembers the chosen language for the next visit, if the browser allows it. */
export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // A private window may refuse. The choice then ends with the page.
  }
}

function readChoice(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}
