/** The server benchmark in its short form, end to end, as its user starts it. */
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from '@telltale/embedded';
import { expect, onTestFinished, test } from 'vitest';

const aboveZero = expect.toSatisfy((value: unknown) => Number(value) > 0);

test('the short server benchmark has a figure for ingest, for queries beside it, and for live clients', async () => {
  const directory = await temporaryDirectory('telltale-test');
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'server.json');
  const root = fileURLToPath(new URL('../..', import.meta.url));

  const program = ['--import', 'tsx', '--conditions=source', 'bench/server.ts', '--short', '--out', file];
  await promisify(execFile)(process.execPath, program, { cwd: root });

  const { machine, ingest, live } = JSON.parse(await readFile(file, 'utf8')) as Record<string, object>;
  expect(machine).toMatchObject({ cores: aboveZero });
  expect(ingest).toMatchObject({
    events_per_s: aboveZero,
    seconds: aboveZero,
    publish_p99_ms: aboveZero,
    query_p99_ms: aboveZero,
    rss_mb: expect.arrayContaining([aboveZero]) as number[],
    failures: {},
  });
  expect(live).toMatchObject({
    clients: 50,
    events_per_s: aboveZero,
    delivery_p50_ms: aboveZero,
    delivery_p99_ms: aboveZero,
    deliveries_per_s: aboveZero,
  });
  expect(live).toHaveProperty('kb_per_client');
}, 240_000);
