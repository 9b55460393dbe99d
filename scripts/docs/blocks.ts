/** `<!-- generated: name -->` … `<!-- end -->` in Markdown, `# generated: name` … `# end` in YAML. */
const block =
  /^(?<begin>(?:<!--|#) generated: (?<name>[\w-]+)[^\n]*)\n.*?^(?<end>(?:<!--|#) end\b)/gms;

/**
 * The text with each block replaced between its markers.
 *
 * @throws {Error} if a block has no markers, or markers have no block
 */
export function fillBlocks(
  text: string,
  blocks: Readonly<Record<string, string>>,
  path: string,
): string {
  const missing = new Set(Object.keys(blocks));
  const filled = text.replace(block, (...match) => {
    const { begin, name, end } = match.at(-1);
    const content = blocks[name];
    if (!missing.delete(name)) throw new Error(`${path} has an unknown or repeated block ${name}`);
    return `${begin}\n${content}\n${end}`;
  });
  if (missing.size === 0) return filled;
  throw new Error(`${path} has no markers for ${[...missing].join(", ")}`);
}
