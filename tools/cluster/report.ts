import { z } from "zod";

/** What a supervisor tells its starter, once. */
export const Report = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("ready") }),
  z.object({ kind: z.literal("failed"), message: z.string() }),
]).readonly();
export type Report = z.infer<typeof Report>;
