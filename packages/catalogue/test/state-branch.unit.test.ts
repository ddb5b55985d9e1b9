/** What a device's state has, by the steps that the catalogue's types declare. */
import { expect, test } from 'vitest';
import { catalogue } from '../src/index.ts';

const branches = new Set(catalogue.flatMap(({ state }) => state.map(({ path }) => path.split('/')[1])));

test.each([
  'target_state',
  'current_state',
  'containers',
  'apps',
  'volumes',
  'networks',
  'jobs',
  'sensors',
  'connectivity',
  'health',
  'firmware',
  'tags',
  'maintenance',
])('some events change %s', (branch) => {
  expect(branches).toContain(branch);
});

test('every type but those of the log itself, of data exports and of mere reports changes the state', () => {
  const silent = catalogue.filter(({ state }) => state.length === 0).map(({ name }) => name);

  expect(silent.filter((name) => !/^(audit|log|event_type|partition|data)\./.test(name)).sort()).toEqual([
    'device.api_call',
    'device.config_exported',
    'image.pull_failed',
  ]);
});
