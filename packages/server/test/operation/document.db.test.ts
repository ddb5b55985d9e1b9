/** What is handed out for operators fits the server: metrics of the dashboard and the alerts, options of the guide. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configSections } from '../../src/config.ts';
import { openServing } from '../serving.ts';

const read = (path: string): string => readFileSync(new URL(`../../../../docs/${path}`, import.meta.url), 'utf8');

/** The metrics that an expression of PromQL names: words that are no functions, labels, or words of the language. */
function metricsOf(expression: string): string[] {
  const bare = expression
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\bby \([^)]*\)/g, '');
  return [...bare.matchAll(/[a-z_][a-z_0-9]*(?![a-z_0-9]*\s*\()/g)].map(([word]) => word);
}

const dashboard = JSON.parse(read('operations/dashboard.json')) as {
  panels: { title: string; targets: { expr: string }[] }[];
};
const shown = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
const alerts = [...read('operations/alert.yaml').matchAll(/alert: (\S+)\n\s+expr: (.*)/g)].map(
  ([, title = '', expr = '']) => ({ title, expr }),
);

const baseOf = (name: string): string => name.replace(/_bucket$/, '');

test('each metric of the dashboard and of the alerts is one that the server tells, and none is left out', async () => {
  const { app } = await openServing('operations', { metrics: { open: true } });
  const { payload } = await app.inject({ url: '/metrics' });
  const kinds = new Map([...payload.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', kind]) => [name, kind]));
  const used = [...shown, ...alerts].flatMap(({ title, expr }) => metricsOf(expr).map((name) => ({ title, name })));

  expect(used.filter(({ name }) => !kinds.has(baseOf(name)))).toEqual([]);
  expect(used.filter(({ name }) => name.endsWith('_bucket') !== (kinds.get(baseOf(name)) === 'histogram'))).toEqual([]);
  expect(alerts.length).toBeGreaterThan(10);
  const onDashboard = new Set(shown.flatMap(({ expr }) => metricsOf(expr)).map(baseOf));
  expect([...kinds.keys()].filter((name) => !onDashboard.has(name))).toEqual([]);
});

test('the guide names every option of a server with its default', () => {
  const expected = Object.entries(configSections).flatMap(([section, options]) =>
    Object.entries(options).map(([name, value]) => `${section}.${name} ${value.toLocaleString('en')}`),
  );

  const rows = [...read('guide/serving.md').matchAll(/^\| `([a-z]+\.[a-zA-Z]+)` \| ([^|]*?) ?\|/gm)].map(
    ([, name, value]) => `${name} ${value}`,
  );

  expect(rows.sort()).toEqual(expected.sort());
});
