import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { markdownIn, readPage, ROOT } from "./pages.ts";

const PAGES = ["README.md", "CONTRIBUTING.md", ...markdownIn("docs")];

describe("links of the documentation", () => {
  it.each(PAGES)("%s leads nowhere that does not exist", (path) => {
    const links = [...readPage(path).prose.matchAll(/\]\((?<target>[^)\s]+)\)/g)].flatMap(({ groups }) => groups?.["target"] ?? []);
    const dead = links.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(path, target));
    expect(dead).toEqual([]);
  });
});

function leadsSomewhere(from: string, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? join(ROOT, from) : join(ROOT, dirname(from), file);
  if (!existsSync(path)) return false;
  return anchor === undefined || (statSync(path).isFile() && anchorsOf(readFileSync(path, "utf8")).includes(anchor));
}

/** As GitHub makes them: lower case, dashes for spaces, other signs left out. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-"));
}
