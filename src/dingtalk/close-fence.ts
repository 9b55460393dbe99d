import { findFences } from "./markdown-blocks.ts";

/** Closes the last code block of a text; an open one would swallow what is written after it. */
export function closeLastFence(text: string): string {
  const last = findFences(text).at(-1);
  if (last === undefined || last.isClosed) return text;
  return `${text}${text.endsWith("\n") ? "" : "\n"}${last.closing}`;
}
