import type { TenantEnv } from "../tenant/env.ts";
import type { ChannelViews } from "./views.ts";

/** What a channel's reconcile needs: all that a tenant's does, and what was seen of tenants at the last look. */
export interface ChannelEnv extends TenantEnv {
  readonly views: ChannelViews;
}
