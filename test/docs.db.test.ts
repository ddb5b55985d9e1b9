/**
 * Runs the guide and the README. The blocks marked `ts run` of one page are one program, those marked `sql run` are statements that come
 * after it, and every `// prints ...` says what the program writes at that point.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createDatabase } from './database.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const guide = join(root, 'docs', 'guide');
const pages = [...readdirSync(guide).filter((name) => name.endsWith('.md')), '../../README.md'];

/** Inside the checkout, because that is where the packages are found. */
const folder = join(root, '.telltale', `guide-${process.pid}`);
mkdirSync(folder, { recursive: true });
afterAll(() => rmSync(folder, { recursive: true }));

const readPage = (page: string): string => readFileSync(join(guide, page), 'utf8');

const blocksOf = (page: string, language: 'ts' | 'sql'): string[] =>
  [...readPage(page).matchAll(new RegExp(`^\`\`\`${language} run\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text]) => text ?? '',
  );

const programOf = (page: string): string => blocksOf(page, 'ts').join('\n');

const printsOf = (page: string): string[] =>
  [...programOf(page).matchAll(/\/\/ prints (.*)$/gm)].map(([, text]) => text ?? '');

function writeProgram(page: string): string {
  const path = join(folder, basename(page).replace('.md', '.ts'));
  writeFileSync(path, `${programOf(page)}\nexport {};\n`);
  return path;
}

describe.each(pages)('%s', (page) => {
  test('its program prints what it says, and its SQL is accepted', async () => {
    const { url } = await createDatabase(`guide ${basename(page)}`);
    const printed: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...words) => void printed.push(words.join(' ')));
    vi.stubEnv('DATABASE_URL', url);
    try {
      await import(writeProgram(page));
    } finally {
      log.mockRestore();
      vi.unstubAllEnvs();
    }
    await runStatements(url, blocksOf(page, 'sql'));

    expect(printed).toEqual(printsOf(page));
  });

  test('each of its code blocks is run, or is a command of a shell', () => {
    const fences = readPage(page).match(/^```\w.*$/gm) ?? [];

    // JSON is a file that a command takes: packages/cli/test/guide.db.test.ts runs that one.
    expect(fences.filter((fence) => !/^```((ts|sql) run|json)$/.test(fence))).toEqual([]);
    expect(readPage(page)).toMatch(/^```/m);
  });

  test('its links lead to pages that are there', () => {
    const links = [...readPage(page).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(([, path]) => path ?? '');

    for (const link of links) expect(() => readFileSync(join(guide, dirname(page), link)), link).not.toThrow();
  });
});

test('the programs of the guide are well typed', { timeout: 120_000 }, async () => {
  for (const page of pages) writeProgram(page);
  // Built upon what the packages declare, as the whole checkout is: from their sources it took three times as long.
  const configuration = {
    extends: '../../tsconfig.tools.json',
    include: ['*.ts'],
    references: [
      { path: '../../packages/catalogue' },
      { path: '../../packages/protocol' },
      { path: '../../packages/store' },
      { path: '../../packages/server' },
    ],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration));

  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, '-b', folder]).catch((error: unknown) => {
    if (error instanceof Error && 'stdout' in error) return { stdout: String(error.stdout) };
    throw error;
  });

  // Faults of the packages themselves are told by their own check.
  expect(stdout.split('\n').filter((line) => line.includes(`guide-${process.pid}`))).toEqual([]);
});

/** Rolled back, because roles belong to the whole server. */
async function runStatements(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
