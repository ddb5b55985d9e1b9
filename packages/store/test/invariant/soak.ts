/** How long a load runs: short in every test run, long with TELLTALE_SOAK=1. */

/** Whether this is the long form, in which a rate means something. */
export const soaking = process.env['TELLTALE_SOAK'] === '1';

/** Milliseconds of a load, in the short form and in the long one. */
export const lasting = (short: number, long: number): number => (soaking ? long : short);
