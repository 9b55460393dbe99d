import type { ErrorCode } from "yaml";

/** What each error of the parser means, in words. The parser's own text quotes the line. */
export const yamlErrors: Readonly<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "an alias has an anchor or a tag",
  BAD_ALIAS: "an alias (*) leads to no anchor, or a text that begins with * has no quotes",
  BAD_COLLECTION_TYPE: "a tag does not fit its value",
  BAD_DIRECTIVE: "a line that begins with % is no directive",
  BAD_DQ_ESCAPE: "a text in double quotes has a backslash that escapes nothing",
  BAD_INDENT: "a line is indented too little or too much",
  BAD_PROP_ORDER: "an anchor or a tag stands at the wrong place",
  BAD_SCALAR_START: "a text begins with a character that needs quotes",
  BLOCK_AS_IMPLICIT_KEY: "a key and its value stand on the line of another key",
  BLOCK_IN_FLOW: "an indented block stands within brackets",
  DUPLICATE_KEY: "a key stands twice",
  IMPOSSIBLE: "the text is no YAML",
  KEY_OVER_1024_CHARS: "a key is longer than 1024 characters",
  MISSING_CHAR: "a quotation mark, bracket, comma or blank is missing",
  MULTILINE_IMPLICIT_KEY: "a key has several lines, or a colon is missing",
  MULTIPLE_ANCHORS: "a value has several anchors",
  MULTIPLE_DOCS: "the line --- is missing between two documents",
  MULTIPLE_TAGS: "a value has several tags",
  NON_STRING_KEY: "a key is not a text",
  RESOURCE_EXHAUSTION: "the text is nested too deep",
  TAB_AS_INDENT: "a line is indented with a tab",
  TAG_RESOLVE_FAILED: "a tag (!) is unknown, or a text that begins with ! has no quotes",
  UNEXPECTED_TOKEN: "something stands where YAML does not expect it",
};
