export * from "./common.ts";
export * from "./hold.ts";
export * from "./kinds.ts";
export * from "./maintenance-window.ts";
export * from "./names.ts";
export * from "./parse.ts";
export * from "./release-channel.ts";
export * from "./tenant.ts";
