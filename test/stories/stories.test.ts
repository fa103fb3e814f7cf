import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { play } from "./play.ts";
import { parseStory } from "./story-file.ts";

/** Each story is played with so many orders of events. */
const SEEDS = [1, 2, 3, 4, 5];

const FILES = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".story"));

describe("a story", () => {
  test.each(FILES)("%s goes as it is told, in whatever order events come", async (file) => {
    const path = join(import.meta.dirname, file);
    const story = parseStory(readFileSync(path, "utf8"));
    const [first = 0, ...others] = SEEDS;
    const text = await play(story, first);
    for (const seed of others) expect(await play(story, seed), `seed ${seed}`).toBe(text);
    await expect(text).toMatchFileSnapshot(path);
  });
});
