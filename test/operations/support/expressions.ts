/** The names in a PromQL expression. */
export interface Names {
  readonly metrics: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
}

const keywords = new Set([
  ...["and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right"],
  ...["offset", "bool"],
]);
const labelList = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g;
const identifier = /[a-zA-Z_:][\w:]*/g;

/** Reads every name of an expression, so that a misspelt name is found as well. */
export function namesOf(expression: string): Names {
  const bare = expression.replaceAll(/"[^"]*"/g, '""');
  const selectors = [...bare.matchAll(/\{([^}]*)\}/g)].map(([, inside = ""]) => inside);
  const lists = [...bare.matchAll(labelList)].map(([, inside = ""]) => inside);
  const rest = bare
    .replaceAll(/\{[^}]*\}/g, " ")
    .replaceAll(/\[[^\]]*\]/g, " ")
    .replaceAll(labelList, " ")
    .replaceAll(/\boffset\s+\w+/g, " ");
  const metrics = [...rest.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)].map(([name]) => name);
  const labels = [...selectors, ...lists].flatMap((list) => list.match(identifier) ?? []);
  return {
    metrics: new Set(metrics.filter((name) => !keywords.has(name))),
    labels: new Set(labels),
  };
}
