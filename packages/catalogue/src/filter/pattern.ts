/** Wildcards without backtracking: the parts between the stars are looked for one after the other. */

/**
 * A test for texts that consist of the parts with anything between them. Each part is taken where it is first found,
 * which is never worse than later, so `a*a*a*b` costs one walk through the text.
 */
export function compilePattern(parts: readonly string[]): (text: string) => boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  const shortest = parts.reduce((sum, part) => sum + part.length, 0);
  if (rest.length === 0) return (text) => text.length >= shortest && text.startsWith(first) && text.endsWith(last);
  return (text) => {
    if (text.length < shortest || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= end;
  };
}
