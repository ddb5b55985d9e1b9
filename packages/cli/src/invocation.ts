/** How this program was called, so that every command it recommends works when copied. */

/** `npx telltale` where npm started us, or where we stand in a project; `telltale` where it is installed for all. */
export function programName(): string {
  const path = process.argv[1] ?? '';
  const local = process.env['npm_execpath'] !== undefined || path.includes('node_modules') || path.includes('packages');
  return local ? 'npx telltale' : 'telltale';
}
