import { expect, it } from "vitest";
import { attempt, broken, OPERATOR, Story } from "./story.ts";

const TOLD = { answer: "Version", version: "17.2.3", reason: "Told", schedule: { utcStartHour: 3, weekdays: ["Tuesday"] } };
const says = (agentUpdates: object, more: object = {}) => broken(() => new Story().tenant({ by: OPERATOR, status: { version: "17.2.1", agentUpdates, ...more } }));

it("agents are told what the whole cluster was verified at, and in which hour (T)", () => {
  const { schedule: _hour, ...hourless } = TOLD;
  expect(says(TOLD)).toBe("T");
  expect(says({ ...hourless, version: "17.2.1" })).toBe("T");
  expect(says({ ...TOLD, version: "17.2.1" })).toBeUndefined();
  expect(says({ ...TOLD, answer: "Unknown" })).toBeUndefined();
});

it("which is that of the attempt once it tells them, and not before (T)", () => {
  const at = (step: string) => says(TOLD, { upgrade: { ...attempt(), to: "17.2.3", step } });
  expect([at("Verify"), at("Agents")]).toEqual(["T", undefined]);
});
