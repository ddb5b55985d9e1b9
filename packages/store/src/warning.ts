/** What a store says of its background work when nobody asked to be told. */

/** Each thing once: a database that is away would be said every second. */
export function warnOnce(): (warning: unknown) => void {
  let last = '';
  return (warning) => {
    const message = warning instanceof Error ? warning.message : String(warning);
    if (message === last) return;
    last = message;
    process.emitWarning(message, 'TelltaleWarning');
  };
}
