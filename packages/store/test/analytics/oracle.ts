/** The analytics answered by counting all events there are, to compare the answers from the counts with. */
import type { Client } from 'pg';
import { expect } from 'vitest';

/** Each pair: the call, and the same answer by brute force; `$1` is the tenant, null for all. */
const pairs: readonly { readonly call: string; readonly scan: string }[] = [
  ...[1, 7].map((days) => ({
    call: `select * from telltale.get_most_active_devices(${days}, 1000, $1)`,
    scan: `select device_uuid, count(*) as event_count, count(*) filter (where severity in ('error', 'critical')) as error_count,
        count(*) filter (where severity = 'warning') as warning_count, max("timestamp") as last_event
      from telltale.events
      where device_uuid is not null and (tenant = $1 or $1::text is null)
        and ("timestamp" at time zone 'UTC')::date
          between (telltale.clock() at time zone 'UTC')::date - ${days} and (telltale.clock() at time zone 'UTC')::date
      group by 1 order by 2 desc, 1 limit 1000`,
  })),
  ...[1, 30].map((days) => ({
    call: `select * from telltale.get_event_hourly_distribution(${days}, $1)`,
    scan: `with recorded as (
        select date_trunc('hour', "timestamp", 'UTC') as hour, count(*) as events
        from telltale.events where tenant = $1 or $1::text is null group by 1
      )
      select extract(hour from hour at time zone 'UTC')::integer as hour_of_day, round(avg(coalesce(events, 0)), 2) as avg_events,
        max(coalesce(events, 0)) as peak_events
      from generate_series(date_trunc('hour', telltale.clock(), 'UTC') - interval '${days * 24} hours',
        date_trunc('hour', telltale.clock(), 'UTC') - interval '1 hour', interval '1 hour') hour
      left join recorded using (hour)
      group by 1 order by 1`,
  })),
];

/** The health trend of the device with the most events, the score by the counts of severity and type of each day. */
const trend = {
  call: `select day::text, online_events, offline_events, errors, warnings, health_score
    from telltale.get_device_health_trends($2, 9, $1)`,
  scan: `select day::date::text as day, count(*) filter (where event_type = 'device.online')::integer as online_events,
      count(*) filter (where event_type = 'device.offline')::integer as offline_events,
      count(*) filter (where severity in ('error', 'critical'))::integer as errors,
      count(*) filter (where severity = 'warning')::integer as warnings,
      telltale.health_score(1, count(*) filter (where severity = 'critical'), count(*) filter (where severity = 'error'),
        count(*) filter (where severity = 'warning'), count(*) filter (where event_type = 'device.online'),
        count(*) filter (where event_type = 'device.offline')) as health_score
    from generate_series((telltale.clock() at time zone 'UTC')::date - 9, (telltale.clock() at time zone 'UTC')::date, interval '1 day') day
    left join telltale.events e on e.shard_key = $2 and ("timestamp" at time zone 'UTC')::date = day::date
      and (tenant = $1 or $1::text is null)
    group by 1 order by 1`,
};

/** Asks everything in one snapshot, both ways; answers with how many events the snapshot had. */
export async function expectExact(
  client: Client,
  device: string,
  tenants: readonly (string | null)[],
): Promise<number> {
  await client.query('begin isolation level repeatable read');
  try {
    for (const tenant of tenants) {
      for (const { call, scan } of pairs) {
        const found = await client.query(call, [tenant]);
        expect(found.rows, call).toEqual((await client.query(scan, [tenant])).rows);
      }
      const found = await client.query(trend.call, [tenant, device]);
      expect(found.rows, trend.call).toEqual((await client.query(trend.scan, [tenant, device])).rows);
    }
    const { rows } = await client.query('select count(*)::int as events from telltale.events');
    return (rows[0] as { events: number }).events;
  } finally {
    await client.query('rollback');
  }
}
