/** When a question waits for the index, and for how long. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Backlog } from '../../src/segment/backlog.ts';

/** An index that so many positions are missing from; each piece of work takes some off. */
class Index {
  looks = 0;
  works = 0;
  left: number;
  readonly #share: number;

  constructor(left: number, share: number) {
    this.left = left;
    this.#share = share;
  }

  async behind(): Promise<number> {
    this.looks += 1;
    return this.left;
  }

  async work(): Promise<{ behind: number; stored: number; contended: boolean }> {
    this.works += 1;
    await sleep(1);
    this.left -= this.#share;
    return { behind: this.left, stored: 1, contended: false };
  }
}

test('a question goes ahead at once while little is behind, and many look once a second', async () => {
  const index = new Index(999, 0);
  const backlog = new Backlog(index, 1000);

  for (let question = 0; question < 20; question++) await backlog.shorten(1000);

  expect(index).toMatchObject({ looks: 1, works: 0 });
});

test('a question waits until little enough is behind', async () => {
  const index = new Index(3000, 1000);

  await new Backlog(index, 1500).shorten(5000);

  expect(index).toMatchObject({ works: 2, left: 1000 });
});

test('a question gives up in its time when the index does not catch up', async () => {
  const index = new Index(3000, 0);
  const began = performance.now();

  await expect(new Backlog(index, 1000).shorten(200)).rejects.toMatchObject({
    code: 'QueryTooExpensive',
    message: expect.stringContaining('3000 events behind') as string,
  });

  expect(performance.now() - began).toBeLessThan(2000);
  expect(index.works).toBeLessThan(10);
});

test('a question gives up in its time when the work itself hangs', async () => {
  const index = new Index(3000, 0);
  index.work = () => new Promise(() => undefined);

  await expect(new Backlog(index, 1000).shorten(100)).rejects.toMatchObject({ code: 'QueryTooExpensive' });
});
