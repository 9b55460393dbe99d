import { el } from "./dom.ts";

const shownMs = 1600;

/**
 * Copies a text, and says beside the button for a moment whether that worked.
 *
 * @param text a promise that rejects counts as a failed copy
 */
export async function copyFrom(
  button: HTMLButtonElement,
  text: string | Promise<string>,
  says: { readonly copied: string; readonly copyFailed: string },
): Promise<void> {
  const isCopied = await write(text);
  noticeAfter(button, isCopied ? says.copied : says.copyFailed);
}

/** Shows a notice beside a control for a moment. */
export function noticeAfter(control: HTMLElement, words: string): void {
  const notice = el("span", { class: "notice", role: "status" }, words);
  control.after(notice);
  setTimeout(() => notice.remove(), shownMs);
}

async function write(text: string | Promise<string>): Promise<boolean> {
  const words = await Promise.resolve(text).catch(() => undefined);
  if (words === undefined) return false;
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return writeFromField(words);
  }
}

/** Copies without the clipboard API, which browsers offer to https and localhost only. */
function writeFromField(text: string): boolean {
  const focused = document.activeElement;
  const field = el("textarea", { class: "visually-hidden" });
  field.value = text;
  document.body.append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
