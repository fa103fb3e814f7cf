const GAP = 3;

/** Rows under headers, padded like kubectl's tables; an absent cell shows as `-`. */
export function table(headers: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const cells = [headers, ...rows.map((row) => headers.map((_, column) => row[column] ?? "-"))];
  const widths = headers.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd((widths[column] ?? 0) + GAP)).join("").trimEnd()).join("\n");
}

/** Breaks a text at spaces so that no line is longer than `width`, unless a single word is. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A name before a wrapped text whose further lines stand under its first. */
export function item(name: string, text: string, { indent, width }: { readonly indent: number; readonly width: number }): string {
  const lead = `${" ".repeat(indent)}${name} `;
  const [first = "", ...rest] = wrap(text, Math.max(20, width - lead.length));
  return [lead + first, ...rest.map((line) => " ".repeat(lead.length) + line)].join("\n");
}

/** Rows under headers, and what is said of each of them. */
export interface Listing {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly (string | undefined)[])[];
  /** What stands under a row, wrapped. */
  readonly notes?: readonly (string | undefined)[];
  /** Columns of the terminal. */
  readonly width: number;
}

/** A table where the terminal has room for it, else one row after the other, each value with its header before it. */
export function listing({ headers, rows, notes = [], width }: Listing): string {
  const [head = "", ...lines] = table(headers, rows).split("\n");
  const isWide = [head, ...lines].every((line) => line.length <= width);
  const blocks = isWide ? lines : rows.map((row) => item("-", pairs(headers, row), { indent: 0, width }));
  const noted = blocks.map((block, index) => [block, ...noteLines(notes[index], width)].join("\n"));
  return [...(isWide ? [head] : []), ...noted].join("\n");
}

function pairs(headers: readonly string[], [first = "-", ...cells]: readonly (string | undefined)[]): string {
  const others = cells.flatMap((cell, index) => (cell === undefined ? [] : [`${headers[index + 1]?.toLowerCase() ?? ""} ${cell}`]));
  return `${first}: ${others.join(", ")}`;
}

function noteLines(note: string | undefined, width: number): readonly string[] {
  return note === undefined ? [] : wrap(note, Math.max(20, width - NOTE_INDENT.length)).map((line) => NOTE_INDENT + line);
}

const NOTE_INDENT = " ".repeat(4);
