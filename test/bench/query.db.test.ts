/** The query benchmark in its short form, end to end, as its user starts it. */
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryDirectory } from '@telltale/embedded';
import { expect, onTestFinished, test } from 'vitest';
import { questions } from '../../bench/query/question.ts';
import type { Result } from '../../bench/query/report.ts';

test('the short query benchmark has a figure for every question, alone, under load and cold', async () => {
  const directory = await temporaryDirectory('telltale-test');
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, 'query.json');
  const root = fileURLToPath(new URL('../..', import.meta.url));

  // Fewer than the short form's 100,000, whose load alone takes 20 s of an idle machine.
  const short = ['--short', '--events', '30000', '--seconds', '2', '--out', file];
  const program = ['--import', 'tsx', '--conditions=source', 'bench/query.ts', ...short];
  await promisify(execFile)(process.execPath, program, { cwd: root });

  const result = JSON.parse(await readFile(file, 'utf8')) as Result;
  const names = questions.map(({ name }) => name);
  const above = names.map((name) => [name, expect.toSatisfy((value: unknown) => Number(value) > 0)]);
  expect(result.under_load_p99_ms).toEqual(Object.fromEntries(above));
  expect(result.alone_p99_ms).toEqual(Object.fromEntries(above));
  expect(result.sizes[0]?.queries.map(({ cold_ms }) => Number(cold_ms) > 0)).toEqual(names.map(() => true));
}, 240_000);
