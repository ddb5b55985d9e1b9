/** Whether the user that the server runs as can get to a folder. */
import { chmod, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findObstacle, makeReachable } from '../src/reach.ts';

/** Nobody's ids: only the bits for others count. */
const stranger = { uid: 54_321, gid: 54_321, switched: true };

async function makeTree(): Promise<{ top: string; middle: string; low: string }> {
  // Not TMPDIR, which macOS makes private to its user.
  const top = await realpath(await mkdtemp('/tmp/telltale-reach-'));
  onTestFinished(() => rm(top, { recursive: true }));
  await chmod(top, 0o755);
  const middle = join(top, 'middle');
  const low = join(middle, 'low');
  await mkdir(low, { recursive: true, mode: 0o755 });
  return { top, middle, low };
}

test('a folder that everybody may enter has no obstacle', async () => {
  const { low } = await makeTree();

  expect(await findObstacle(low, stranger)).toBeUndefined();
});

test('the obstacle is the topmost folder that shuts the user out', async () => {
  const { middle, low } = await makeTree();
  await chmod(middle, 0o700);
  await chmod(low, 0o700);

  expect(await findObstacle(low, stranger)).toBe(middle);
});

test('a folder above need not be listed, the last one must be', async () => {
  const { middle, low } = await makeTree();
  await chmod(middle, 0o711);
  expect(await findObstacle(low, stranger)).toBeUndefined();

  await chmod(low, 0o711);

  expect(await findObstacle(low, stranger)).toBe(low);
});

test('the owner is judged by the bits of the owner, the group by those of the group', async () => {
  const { low } = await makeTree();
  const { uid, gid } = await stat(low);
  await chmod(low, 0o075);

  expect(await findObstacle(low, { uid, gid, switched: true })).toBe(low);
  expect(await findObstacle(low, { ...stranger, gid })).toBeUndefined();
});

test('who does not change the user meets no obstacle that the system would not report itself', async () => {
  const { low } = await makeTree();
  await chmod(low, 0o000);

  expect(await findObstacle(low, { ...stranger, switched: false })).toBeUndefined();
});

test('folders that are made for another user can be entered by it, whatever the umask', async () => {
  const { low } = await makeTree();
  const wanted = join(low, 'a', 'b');
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));

  await makeReachable(wanted, stranger);

  expect(await findObstacle(wanted, stranger)).toBeUndefined();
});

test('folders that are made for ourselves are ours alone', async () => {
  const { low } = await makeTree();

  await makeReachable(join(low, 'a', 'b'), { ...stranger, switched: false });

  expect((await stat(join(low, 'a'))).mode & 0o777).toBe(0o700);
});
