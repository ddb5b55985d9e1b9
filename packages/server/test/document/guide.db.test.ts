/** The commands of docs/guide/http.md, run as they stand. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { publish } from '../publish/publish.ts';
import { openServing } from '../serving.ts';

const page = readFileSync(new URL('../../../../docs/guide/http.md', import.meta.url), 'utf8');
const blocksOf = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`(\\w*)\\n(.*?)^\`\`\``, 'gms'))]
    .filter(([, given]) => given === language)
    .map(([, , text]) => text ?? '');

test('every command of the guide does what it says', async () => {
  const serving = await openServing('guide http');
  const url = await serving.app.listen({ host: '127.0.0.1', port: 0 });
  const environment = { ...process.env, URL: url, TOKEN: await serving.token(), no_proxy: '127.0.0.1' };
  const [cloudEvent] = blocksOf('json');
  const published = await publish(serving, cloudEvent as string, { 'content-type': 'application/cloudevents+json' });
  expect(published.json()).toMatchObject({ receipts: [{ status: 'stored' }] });

  const printed: string[] = [];
  for (const command of blocksOf('')) {
    const { stdout } = await promisify(execFile)('bash', ['-e', '-c', command], { env: environment });
    printed.push(stdout);
  }

  const [one, keyed, lines, answers, event] = printed as [string, string, string, string, string];
  expect(JSON.parse(one)).toMatchObject({ receipts: [{ status: 'stored' }] });
  expect(JSON.parse(keyed)).toMatchObject({ receipts: [{ status: 'stored' }] });
  expect(
    lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  ).toMatchObject([
    { line: 1, receipt: { status: 'stored' } },
    { line: 2, receipt: { status: 'stored' } },
  ]);
  expect(answers.match(/"event_type":"device.offline"/g)?.length).toBeGreaterThan(1);
  expect(JSON.parse(event)).toMatchObject(JSON.parse(cloudEvent as string) as object);
  expect(printed).toHaveLength(5);
});
