/** Invariant 4, its window: an id is known for 24 hours of the server's clock, or as long as configured, and then free. */
import type { Receipt } from '@telltale/catalogue';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { setClock } from './clock.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { openSession } from './session.ts';
import { openStore } from './store.ts';

/** Hours after the first publish -> which of the publishes so far answers. Windows roll: each new one starts its own. */
const cases: [name: string, window: string | undefined, answers: Record<string, number>][] = [
  [
    '24 hours by default',
    undefined,
    { '0': 1, '0.5': 1, '23.99': 1, '24.01': 2, '25': 2, '48': 2, '48.1': 3, '200': 4, '223.9': 4 },
  ],
  ['an hour', '1 hour', { '0': 1, '0.99': 1, '1.01': 2, '2': 2, '2.1': 3 }],
  ['seven days', '7 days', { '0': 1, '24.1': 1, '167.9': 1, '168.1': 2 }],
];

test.each(cases)('an id is known within its window, %s, and stored anew after it', async (_, window, answers) => {
  const { url } = await createDatabase('window');
  const session = await openSession(url);
  // The leaps are the test's own; what becomes of one that nobody explains is for another test.
  const store = openStore(url, { clockBound: '1000 years', ...(window === undefined ? {} : { dedupeWindow: window }) });
  const event = { ...eventOf(deviceOf(1), 'again and again', 'debug'), event_id: crypto.randomUUID() };
  const positions: Record<string, number> = {};

  for (const hours of Object.keys(answers).toSorted((one, other) => Number(one) - Number(other))) {
    await setClock(session, `${hours} hours`);
    const receipt = (await store.publish(event)) as Extract<Receipt, { position: number }>;
    positions[hours] = receipt.position;
  }

  expect(positions).toEqual(answers);
});

test('an id whose window is over may carry other content', async () => {
  const { url } = await createDatabase('after the window');
  const session = await openSession(url);
  const store = openStore(url, { clockBound: '1000 years' });
  const event = { ...eventOf(deviceOf(1), 'first'), event_id: crypto.randomUUID() };
  await store.publish(event);
  const other = { ...event, metadata: { call: 'other' } };

  await setClock(session, '23 hours');
  await expect(store.publish(other)).rejects.toMatchObject({ code: 'EventIdReused' });
  await setClock(session, '25 hours');
  expect(await store.publish(other)).toMatchObject({ status: 'stored', position: 2 });
});
