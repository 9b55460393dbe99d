import type { Remark } from "../../api/types.ts";
import { chineseRemarks, type RemarkCode } from "./chinese-remarks.ts";
import type { Language } from "./texts.ts";

/** The sentence of a remark in the language of the page. The remark itself brings the English one. */
export function sayRemark(remark: Remark<RemarkCode>, language: Language): string {
  const sentence = language === "zh" ? chineseRemarks[remark.code] : undefined;
  // An open page may be older than the sandbox and miss a code.
  return sentence?.(remark.params) ?? capitalised(remark.text);
}

/** Begins with a capital letter, unless the first word is a name such as `markdown.title`. */
function capitalised(text: string): string {
  return /^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
