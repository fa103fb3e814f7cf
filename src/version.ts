import manifest from "../package.json" with { type: "json" };

/** The version of Slacktide itself. */
export const VERSION: string = manifest.version;
