/** Checks what the analytics are asked for; the SQL functions check the same for those who call them by hand. */
import type { Value } from '../database/database.ts';
import { tenantOf, wholeNumber } from '../read/criterion.ts';

export interface AnalyticsOptions {
  /** Days to look back, 1 to 3,650. */
  readonly daysBack?: number;
  /** Default: all tenants. */
  readonly tenant?: string | null;
}

/** The parameters that all of the statements have. @throws InvalidArgument for days out of range, or an empty tenant. */
export function windowValues(options: AnalyticsOptions, daysBack: number): Record<'days_back' | 'tenant', Value> {
  return {
    days_back: wholeNumber(options.daysBack ?? daysBack, '/daysBack', 1, 3650),
    tenant: tenantOf(options.tenant),
  };
}
