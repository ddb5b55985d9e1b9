/** Invariant 8: a server clock that leads the log by more than an hour is refused until confirmed; one that lags is carried. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '@telltale/catalogue';
import { beforeEach, describe, expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { findViolations } from './check.ts';
import { setClock } from './clock.ts';
import { deviceOf, eventOf } from './fleet.ts';
import { openSession, type Session } from './session.ts';
import { openStore } from './store.ts';

const device = deviceOf(1);
let url = '';
let session: Session;
beforeEach(async () => {
  ({ url } = await createDatabase('clock'));
  session = await openSession(url);
});

const timeOf = (receipt: Receipt): number => Date.parse((receipt as { recorded_at: string }).recorded_at);

const hour = 3_600_000;

async function countEvents(): Promise<number> {
  const rows = await session.ask('select from telltale.recorded_events');
  return rows.length;
}

describe('a clock that goes back', () => {
  test('is carried: recorded_at goes on rising, by microseconds, until the clock has caught up', async () => {
    const store = openStore(url);
    const before = await store.publish(eventOf(device, 'before'));
    await setClock(session, '-10 minutes');
    const carried = await store.publishBatch(
      Array.from({ length: 50 }, (_, call) => eventOf(device, `carried ${call}`)),
    );
    const another = await openStore(url).publish(eventOf(device, 'from another process'));
    await setClock(session, '0');
    const after = await store.publish(eventOf(device, 'after'));

    const times = [before, ...carried, another, after].map(
      (receipt) => (receipt as { recorded_at: string }).recorded_at,
    );
    expect(times.toSorted()).toEqual(times);
    expect(new Set(times).size).toBe(times.length);
    expect(timeOf(another) - timeOf(before)).toBeLessThan(1000);
    expect(await findViolations(session)).toEqual([]);
    const page = await store.readAll();
    expect(page.events.map((event) => event.recorded_at)).toEqual(times);
  });

  test('is reported, by how much, as long as it lags', async () => {
    const warnings: string[] = [];
    const store = openStore(url, { onWarning: (warning) => warnings.push(String(warning)) });
    await store.publish(eventOf(device, 'before'));
    expect(warnings).toEqual([]);

    await setClock(session, '-10 minutes');
    await store.publish(eventOf(device, 'carried'));

    expect(warnings).toHaveLength(1);
    const [, milliseconds] = /log 0 runs (\d+) ms ahead of the server's clock/.exec(warnings[0] ?? '') ?? [];
    expect(Math.abs(Number(milliseconds) - 600_000)).toBeLessThan(10_000);
    await setClock(session, '0');
    await store.publish(eventOf(device, 'after'));
    expect(warnings).toHaveLength(1);
  });
});

describe('a clock that leaps ahead of the log', () => {
  test('by less than an hour is followed', async () => {
    const store = openStore(url);
    const before = await store.publish(eventOf(device, 'before'));
    await setClock(session, '59 minutes');

    expect(timeOf(await store.publish(eventOf(device, 'after'))) - timeOf(before)).toBeGreaterThan(0.98 * hour);
  });

  test('by more is refused as ClockJumped and stores nothing, in a process that saw it before and in one that did not', async () => {
    const store = openStore(url);
    await store.publish(eventOf(device, 'before'));
    await setClock(session, '61 minutes');

    for (const each of [store, openStore(url)]) {
      const calls = [
        each.publish(eventOf(device, 'a')),
        each.publishBatch([eventOf(device, 'b'), eventOf(device, 'c')]),
      ];
      for (const settled of await Promise.allSettled(calls)) {
        expect(settled).toMatchObject({ status: 'rejected', reason: { code: 'ClockJumped', retryable: true } });
      }
    }
    expect(await countEvents()).toBe(1);
  });

  test('is followed by every process once it is confirmed, however far', async () => {
    const [store, other] = [openStore(url), openStore(url)];
    const before = await store.publish(eventOf(device, 'before'));
    await other.publish(eventOf(device, 'before, too'));
    await setClock(session, '1000 hours');
    await expect(store.publish(eventOf(device, 'refused'))).rejects.toMatchObject({ code: 'ClockJumped' });
    await expect(other.publish(eventOf(device, 'refused'))).rejects.toMatchObject({ code: 'ClockJumped' });

    await store.confirmClock();

    expect(timeOf(await other.publish(eventOf(device, 'other first'))) - timeOf(before)).toBeGreaterThan(999 * hour);
    expect(timeOf(await store.publish(eventOf(device, 'after'))) - timeOf(before)).toBeGreaterThan(999 * hour);
    expect(timeOf(await openStore(url).publish(eventOf(device, 'new'))) - timeOf(before)).toBeGreaterThan(999 * hour);
    expect(await findViolations(session)).toEqual([]);
  });

  test('is confirmed once: the next leap is refused again', async () => {
    const store = openStore(url);
    await store.publish(eventOf(device, 'before'));
    await setClock(session, '2 hours');
    await store.confirmClock();
    await store.publish(eventOf(device, 'confirmed'));
    await setClock(session, '4 hours');

    await expect(store.publish(eventOf(device, 'refused'))).rejects.toMatchObject({ code: 'ClockJumped' });
  });

  test('and is set right again needs no confirmation', async () => {
    const store = openStore(url);
    await store.publish(eventOf(device, 'before'));
    await setClock(session, '2 hours');
    await expect(store.publish(eventOf(device, 'refused'))).rejects.toMatchObject({ code: 'ClockJumped' });
    await setClock(session, '0');

    expect(await store.publish(eventOf(device, 'after'))).toMatchObject({ status: 'stored', position: 2 });
  });

  test('keeps the inbox where it is: nothing is moved, nothing quarantined, until it is confirmed', async () => {
    const store = openStore(url);
    await store.publish(eventOf(device, 'before'));
    await session.ask('begin');
    await store.publish(eventOf(device, 'waiting'), { transaction: session.client });
    await session.ask('commit');
    await setClock(session, '2 hours');

    await expect(store.drainInbox()).rejects.toMatchObject({ code: 'ClockJumped' });
    expect(await session.ask('select from telltale.inbox')).toHaveLength(1);
    await store.confirmClock();
    expect(await store.drainInbox()).toEqual({ moved: 1, quarantined: 0, left: [] });
    expect(await countEvents()).toBe(2);
  });

  test('and was confirmed too soon is carried when it comes back', async () => {
    const store = openStore(url);
    await store.publish(eventOf(device, 'before'));
    await setClock(session, '2 hours');
    await store.confirmClock();
    const ahead = await store.publish(eventOf(device, 'ahead'));
    await setClock(session, '0');

    const carried = await store.publish(eventOf(device, 'carried'));

    expect(timeOf(carried) - timeOf(ahead)).toBeLessThan(1000);
    expect(await findViolations(session)).toEqual([]);
  });
});

test('an idle night is no leap: a process whose own clock agrees with the server goes on', async () => {
  await setClock(session, '-10 hours');
  await openStore(url, { clockBound: '1000 years' }).publish(eventOf(device, 'in the evening'));
  await setClock(session, '0');

  expect(await openStore(url).publish(eventOf(device, 'in the morning'))).toMatchObject({
    status: 'stored',
    position: 2,
  });
});

test('an idle hour is no leap for a process that was idle with it', async () => {
  // A bound of a second makes a second and a half what a night is to an hour.
  const store = openStore(url, { clockBound: '1 second' });
  await store.publish(eventOf(device, 'before'));
  await sleep(1500);

  expect(await store.publish(eventOf(device, 'after'))).toMatchObject({ status: 'stored', position: 2 });
  await setClock(session, '10 minutes');
  await expect(store.publish(eventOf(device, 'leapt'))).rejects.toMatchObject({ code: 'ClockJumped' });
});
