const SECONDS = { h: 3_600, m: 60, s: 1 } as const;
const SHAPE = /^(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s)?$/;

/** Milliseconds of a duration such as `1h30m` (units h, m and s only: design §2), or undefined. */
export function parseDuration(text: string): number | undefined {
  const match = SHAPE.exec(text);
  if (match === null || text === "") return undefined;
  const [, hours = "0", minutes = "0", seconds = "0"] = match;
  return (Number(hours) * SECONDS.h + Number(minutes) * SECONDS.m + Number(seconds)) * 1000;
}
