/** How far a feed has come: what the file remembers, and which input it is for. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Checkpoint } from '../src/feed/checkpoint.ts';

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'telltale-checkpoint-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'state');
}

const see = (checkpoint: Checkpoint, lines: readonly string[]): void =>
  lines.forEach((line, index) => checkpoint.see(index + 1, Buffer.from(line)));

test('a feed keeps its ids over runs, and another feed has others', () => {
  const path = newPath();
  const first = new Checkpoint(path);

  expect(new Checkpoint(path).eventId(3)).toBe(first.eventId(3));
  expect(first.eventId(4)).not.toBe(first.eventId(3));
  expect(new Checkpoint(newPath()).eventId(3)).not.toBe(first.eventId(3));
});

test('the name of the feed is on the disk before an event could have been published under it', () => {
  const path = newPath();

  expect(new Checkpoint(path).line).toBe(0);

  expect(existsSync(path)).toBe(true);
});

test('a run goes on where the one before was acknowledged, and adds to its counts', () => {
  const path = newPath();
  const first = new Checkpoint(path);
  see(first, ['a', 'b', 'c']);
  first.acknowledge(3, { published: 2, refused: 1 });

  const second = new Checkpoint(path);
  see(second, ['a', 'b', 'c', 'd']);
  second.acknowledge(4, { published: 1, refused: 0 });

  const { line, published, refused } = new Checkpoint(path);
  expect({ line, published, refused }).toEqual({ line: 4, published: 3, refused: 1 });
});

test('another input is not taken for the one that the file was written for', () => {
  const path = newPath();
  const first = new Checkpoint(path);
  see(first, ['a', 'b']);
  first.acknowledge(2, { published: 2, refused: 0 });

  expect(() => see(new Checkpoint(path), ['a', 'x'])).toThrow(/first 2 lines are not those/);
});

test('a file that something else wrote is not overwritten', () => {
  const path = newPath();
  writeFileSync(path, 'my notes');

  expect(() => new Checkpoint(path)).toThrow(/no file that --resume has written/);
});
