import { describe, expect, it } from "vitest";
import { ANNOTATION, LABEL } from "../../../src/api/index.ts";
import { broken, LABELS, OPERATOR, Story, UID } from "./story.ts";

const NEW = "uid-acme-again";
const OF_NEW = { ...LABELS, [LABEL.tenantUid]: NEW };

/** The Tenant is gone, and another of its name is there. */
function again(annotations: Readonly<Record<string, string>>): Story {
  return new Story().write("user", "Tenant", "acme", undefined).tenant({ uid: NEW, annotations });
}

const relabelled = (story: Story) => story.write(OPERATOR, "Namespace", "tenant-acme", { labels: OF_NEW });

describe("what an earlier Tenant of the name left (I15)", () => {
  it("is taken by one that names its uid, for whom all holds that held before", () => {
    const story = again({ [ANNOTATION.adopt]: UID });
    expect(broken(() => relabelled(story))).toBeUndefined();
    expect(broken(() => story.write(OPERATOR, "Service", "tenant-acme/auth", { labels: OF_NEW }))).toBeUndefined();
    expect(broken(() => story.write(OPERATOR, "Namespace", "tenant-acme", undefined)), "nobody confirmed its deletion").toBe("I16");
  });

  it("is nobody else's: not without that word, nor with another uid in it", () => {
    expect(broken(() => relabelled(again({})))).toBe("I15");
    expect(broken(() => relabelled(again({ [ANNOTATION.adopt]: "uid-globex" })))).toBe("I15");
  });

  it("is taken over from one that had taken it over itself", () => {
    const third = "uid-acme-for-the-third-time";
    const story = relabelled(again({ [ANNOTATION.adopt]: UID })).write("user", "Tenant", "acme", undefined).tenant({ uid: third, annotations: { [ANNOTATION.adopt]: NEW } });
    expect(broken(() => story.write(OPERATOR, "Namespace", "tenant-acme", { labels: { ...LABELS, [LABEL.tenantUid]: third } }))).toBeUndefined();
  });
});
