import type { Remark } from "../../api/types.ts";
import { chineseRemarks, type RemarkCode } from "./chinese-remarks.ts";
import type { Language } from "./texts.ts";

/** What a remark says, in the page's language; English comes with the remark. */
export function sayRemark(remark: Remark<RemarkCode>, language: Language): string {
  const sentence = language === "zh" ? chineseRemarks[remark.code] : undefined;
  // A newer sandbox may know codes that this page does not.
  return sentence?.(remark.params) ?? capitalised(remark.text);
}

/** Not where a sentence begins with the name of a field, which is spelled as it is. */
function capitalised(text: string): string {
  return /^[a-z]+[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
