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
