/** Which attributes single events out: a planted one is found, a random split shows none. */
import { beforeAll, describe, expect, test } from 'vitest';
import { newestVersion, useDatabase } from '../../../../test/database.ts';
import { ask, connect, sqlState } from '../sql/session.ts';
import { fleetEnd } from './planted.ts';
import { Random } from './random.ts';
import { deviceUuid, type GeneratedEvent, record } from './record.ts';

const end = fleetEnd;
const from = new Date((end - 5 * 86_400) * 1000).toISOString();

/** Provisionings fail with agent 2.1, and when they are slow; the region says nothing, and the address is personal. */
function provisionings(): GeneratedEvent[] {
  const random = new Random(11);
  return Array.from({ length: 6000 }, (_, index) => {
    const agent = random.chance(0.2) ? '2.1' : '1.9';
    const seconds = Math.round(random.exponential(10) * 100) / 100;
    const failed = random.chance(0.02 + (agent === '2.1' ? 0.2 : 0) + (seconds > 14 ? 0.2 : 0));
    return {
      device: deviceUuid(`provisioned ${random.below(40)}`),
      type: 'device.provisioned',
      at: end - 4 * 86_400 + index * 50,
      severity: failed ? 3 : 1,
      data: { agent, seconds, region: `r${random.below(5)}`, mac_address: failed ? 'aa' : 'bb', nested: { failed } },
    };
  });
}

interface Difference {
  readonly attribute: string;
  readonly value: string;
  readonly risk_difference: number;
  readonly q: number;
}

function refusalOf(url: string, selection: unknown): Promise<string> {
  return sqlState(ask(url, 'select telltale.get_event_difference($1::jsonb)', [JSON.stringify(selection)]));
}

describe.each(newestVersion())('on PostgreSQL %i', (version) => {
  const database = useDatabase('difference', { version });
  const compare = (
    selection: object,
    baseline: object | null = null,
    tenant: string | null = null,
  ): Promise<Difference[]> =>
    ask<Difference>(
      database.url,
      `select attribute, value, risk_difference::float8, q::float8 from telltale.get_event_difference($1, $2, p_tenant => $3)`,
      [selection, baseline, tenant],
    );

  beforeAll(async () => {
    await record(database.url, provisionings(), { end, days: 6 });
    await record(database.url, provisionings().slice(0, 500), { end, days: 6, tenant: 'acme' });
  });

  test('the attributes that were planted are found, and no other', async () => {
    const found = await compare({ severity_min: 'error', from });
    const names = found.map(({ attribute, value }) => `${attribute} ${value}`);

    expect(names).toEqual(expect.arrayContaining(['severity error', 'data.agent 2.1', 'data.agent 1.9']));
    expect(found.find(({ value }) => value === '2.1')?.risk_difference).toBeGreaterThan(0.25);
    expect(
      found.find(({ attribute, value }) => attribute === 'data.seconds' && value.startsWith('>='))?.risk_difference,
    ).toBeGreaterThan(0.15);
    expect([...new Set(found.map(({ attribute }) => attribute))].sort()).toEqual([
      'data.agent',
      'data.seconds',
      'severity',
    ]);
  });

  test('a random split shows no difference', async () => {
    const ids = await ask<{ event_id: string }>(
      database.url,
      `select event_id from telltale.events_critical where tenant is null order by md5(event_id::text) limit 2000`,
    );

    expect(await compare({ event_ids: ids.map(({ event_id }) => event_id) }, { from })).toEqual([]);
  });

  test('events named by their ids are compared with what else happened around them, however long ago', async () => {
    const ids = await ask<{ event_id: string }>(
      database.url,
      `select event_id from telltale.events_critical where tenant is null and severity >= 3 order by event_id limit 400`,
    );

    const client = await connect(database.url);
    await client.query('begin');
    await client.query(
      `create or replace function telltale.clock() returns timestamptz language sql volatile
       return clock_timestamp() + interval '60 days'`,
    );
    const { rows: found } = await client.query<Difference>(
      'select value, risk_difference::float8 from telltale.get_event_difference($1)',
      [{ event_ids: ids.map(({ event_id }) => event_id) }],
    );
    await client.query('rollback');

    expect(found.find(({ value }) => value === '2.1')?.risk_difference).toBeGreaterThan(0.25);
  });

  test('the counts are those of a count by hand, where the sample holds all', async () => {
    const [row] = await ask(
      database.url,
      `select d.selection_count::int, d.baseline_count::int, d.risk_difference::float8
       from telltale.get_event_difference($1, p_sample => 7000) d where attribute = 'data.agent' and value = '2.1'`,
      [{ severity_min: 'error', from }],
    );
    const [counted] = await ask(
      database.url,
      `select count(*) filter (where severity >= 3 and agent)::int as selection_count,
         count(*) filter (where severity < 3 and agent)::int as baseline_count,
         round(count(*) filter (where severity >= 3 and agent)::numeric / count(*) filter (where severity >= 3)
           - count(*) filter (where severity < 3 and agent)::numeric / count(*) filter (where severity < 3), 4)::float8 as risk_difference
       from (select severity, data ->> 'agent' = '2.1' as agent from telltale.events_critical) e`,
    );

    expect(row).toEqual(counted);
  });

  test('a tenant is compared with itself, and the application may ask', async () => {
    const client = await connect(database.url, 'telltale_application');
    const { rows } = await client.query(
      `select sum(selection_count + baseline_count)::int as events from telltale.get_event_difference($1, p_tenant => 'acme')
       where attribute = 'severity'`,
      [{ severity_min: 'error', from }],
    );

    expect(rows).toEqual([{ events: 500 }]);
    expect(await compare({ severity_min: 'error', from }, null, 'nobody')).toEqual([]);
  });

  test('what is not understood is refused by name', async () => {
    const { url } = database;

    expect(await refusalOf(url, { event_types: ['no.such_type'] })).toBe('TT002');
    for (const wrong of [
      [],
      null,
      { event_type: ['device.online'] },
      { event_types: [] },
      { event_ids: ['no uuid'] },
      { device_uuid: 7 },
      { from: 'some day' },
      { from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' },
      { severity_min: 'terrible' },
    ]) {
      expect(await refusalOf(url, wrong), JSON.stringify(wrong)).toBe('TT011');
    }
  });
});
