/** Splitting a stream into lines. */
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Line, readLines } from '../src/feed/line.ts';

async function linesOf(chunks: readonly Buffer[]): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const some of readLines(Readable.from(chunks, { objectMode: true }))) lines.push(...some);
  return lines;
}

test('lines are the same however the stream is cut, with their numbers and where they end', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'ü', '\u2028', '\r', '😀', ' ') });
  await fc.assert(
    fc.asyncProperty(
      fc.array(text),
      fc.boolean(),
      fc.array(fc.nat(), { maxLength: 6 }),
      async (texts, closed, cuts) => {
        const bytes = Buffer.from(texts.join('\n') + (closed && texts.length > 0 ? '\n' : ''));
        const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other);
        const chunks = [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));

        const lines = await linesOf(chunks.filter((chunk) => chunk.length > 0));

        const expected = bytes.toString().split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(lines.map((line) => line.bytes.toString())).toEqual(expected);
        expect(lines.map((line) => line.number)).toEqual(expected.map((_, index) => index + 1));
        expect(lines.at(-1)?.end ?? 0).toBe(bytes.length);
      },
    ),
  );
});

test('a line that is too long to be an event is refused before it fills the memory', async () => {
  const endless = Array.from({ length: 40 }, () => Buffer.alloc(65_536, 'x'));

  await expect(linesOf([Buffer.from('{}\n'), ...endless])).rejects.toThrow(/^Line 2 is longer than 1048576 bytes/);
});
