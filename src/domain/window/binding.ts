import { selects, type Labels, type LabelSelector } from "../selector.ts";
import type { InvalidWindow, Window } from "./window.ts";

/** What of a tenant decides which windows bind it. */
export interface BoundTenant {
  readonly name: string;
  readonly labels?: Labels | undefined;
  /** Its `spec.windows`; an empty list lists nothing, as everywhere in Kubernetes. */
  readonly windows?: readonly string[] | undefined;
}

/** A window of the cluster, compiled, with the selector it carries. */
export interface BindableWindow {
  readonly name: string;
  readonly tenantSelector?: LabelSelector | undefined;
  readonly window: Window | InvalidWindow;
}

/** The windows that bind a tenant, each list in order of name; `missing` are names it lists that no window has. */
export interface WindowBinding {
  readonly valid: readonly Window[];
  readonly invalid: readonly InvalidWindow[];
  readonly missing: readonly string[];
}

/** Which windows bind the tenant: exactly those it lists, otherwise every one whose selector matches it (design §3.3). */
export function bindWindows(tenant: BoundTenant, all: readonly BindableWindow[]): WindowBinding {
  const listed = new Set(tenant.windows);
  const bound = all.filter((candidate) => (listed.size > 0 ? listed.has(candidate.name) : isSelected(candidate, tenant)));
  const found = new Set(bound.map(({ name }) => name));
  const windows = bound.toSorted((a, b) => compare(a.name, b.name)).map(({ window }) => window);
  return {
    valid: windows.filter((window) => window.kind === "valid"),
    invalid: windows.filter((window) => window.kind === "invalid"),
    missing: [...listed].filter((name) => !found.has(name)).sort(compare),
  };
}

/** An absent selector on a window selects no tenant; `{}` selects every one (design §2). */
function isSelected({ tenantSelector }: BindableWindow, tenant: BoundTenant): boolean {
  return tenantSelector !== undefined && selects(tenantSelector, tenant.labels, tenant.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
