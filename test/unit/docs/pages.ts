import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export const ROOT = join(import.meta.dirname, "../../..");

/** A fenced block of a page: what its fence says, and its lines. */
export interface Block {
  readonly language: string;
  /** What follows the language on the fence, such as `column=5m`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
  /** Where the first of them stands in the file, counted from 1. */
  readonly line: number;
}

/** A page of the documentation. */
export interface Page {
  /** Relative to the project. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** The text without its fenced blocks. */
  readonly prose: string;
}

export function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), "utf8");
  return { path, text, ...split(text) };
}

/** Every Markdown file below a folder, or the one file. */
export function markdownIn(folder: string): readonly string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith(".md")).map((entry) => relative(ROOT, join(entry.parentPath, entry.name))).sort();
}

function split(text: string): Pick<Page, "blocks" | "prose"> {
  const blocks: { language: string; settings: Record<string, string>; lines: string[]; line: number }[] = [];
  const prose: string[] = [];
  let isFenced = false;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("```")) {
      isFenced = !isFenced;
      if (isFenced) blocks.push({ ...fence(line), lines: [], line: index + 2 });
    } else if (isFenced) {
      blocks.at(-1)?.lines.push(line);
    } else {
      prose.push(line);
    }
  }
  if (isFenced) throw new Error("a fenced block is not closed");
  return { blocks, prose: prose.join("\n") };
}

function fence(line: string): Pick<Block, "language" | "settings"> {
  const [language = "", ...settings] = line.slice(3).trim().split(/\s+/);
  return { language, settings: Object.fromEntries(settings.map((setting) => [setting.split("=")[0] ?? "", setting.split("=").slice(1).join("=")])) };
}

/** The words of a shell's command line: quotes are taken off, and a comment ends it. Nothing is expanded. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)) {
    if (word.startsWith("#")) break;
    words.push(word.replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2"));
  }
  return words;
}
