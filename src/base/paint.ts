import { inspect } from "node:util";

/** A colour of a terminal. */
export type Colour = "gray" | "green" | "yellow" | "red" | "cyan";

/** The text in a colour, for a terminal. `styleText` of newer Nodes looks at the terminal itself. */
export function paint(colour: Colour, text: string): string {
  const [start, end] = inspect.colors[colour] ?? [0, 0];
  return `\u001b[${start}m${text}\u001b[${end}m`;
}

/** The text with a line break at a blank wherever a line would be longer than `columns`. */
export function wrap(
  text: string,
  { columns, indent }: { columns: number; indent: number },
): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const room = columns - (lines.length > 1 ? indent : 0);
    if (last !== undefined && last.length + 1 + word.length <= room) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
