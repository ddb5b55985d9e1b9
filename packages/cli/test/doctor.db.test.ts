/** `telltale doctor`, `verify` and `types`: looking an installation over. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStore } from '@telltale/store';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { createDatabase, useDatabase } from '../../../test/database.ts';
import { newFolder, telltale } from './telltale.ts';

const device = '0192f0c1-7a52-7c3e-9b1a-000000000001';

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function publish(url: string, count: number): Promise<void> {
  const store = new EventStore({ connection: url, worker: false });
  const events = Array.from({ length: count }, (_, index) => ({
    event_type: 'device.heartbeat' as const,
    device_uuid: device,
    data: { status: `s${index}` },
  }));
  try {
    await store.publishBatch(events);
  } finally {
    await store.close();
  }
}

describe('doctor', () => {
  const database = useDatabase('doctor');

  test('ends with 1 when something does not work: here the test server, which runs without fsync', async () => {
    const { code, stdout } = await telltale(['doctor'], { database: database.url });

    expect(code).toBe(1);
    expect(stdout).toMatch(/^ERROR +fsync +expected on \(found: off\)/m);
    expect(stdout).toMatch(/^0 \(live\) +0 /m);
    expect(stdout).toMatch(/^ok +index +0 positions behind the logs$/m);
    expect(stdout).toMatch(/^ok +device counts +0 positions behind the logs$/m);
    expect(stdout).toContain('to mend.');
  });

  test('says the same as JSON', async () => {
    const { stdout } = await telltale(['doctor', '--json'], { database: database.url });

    const { findings, logs } = JSON.parse(stdout) as { findings: { subject: string }[]; logs: unknown[] };
    expect(findings.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['schema', 'index', 'device counts']),
    );
    expect(logs).toMatchObject([{ head: 0, lag: { segments: 0, deviceCounts: 0 } }]);
  });

  test('shows what is quarantined, and replays it', async () => {
    await run(
      database.url,
      `select telltale.publish_event('device.rebooted', 'device', '${device}', '{"trigger": "magic"}')`,
    );
    const store = new EventStore({ connection: database.url, worker: false });
    await store.drainInbox();
    await store.close();

    const { stdout } = await telltale(['doctor'], { database: database.url });
    const { stderr } = await telltale(['doctor', '--replay-quarantine'], { database: database.url });

    expect(stdout).toMatch(/^Quarantined +When +Code +Reason$/m);
    expect(stdout).toMatch(/InvalidEvent +.*\/data\/trigger/);
    expect(stderr).toBe('1 event replayed: 0 moved to the log, 1 quarantined again.\n');
  });

  test("confirms the server's clock", async () => {
    const { stderr } = await telltale(['doctor', '--confirm-clock'], { database: database.url });

    expect(stderr).toBe('The clock is confirmed, for every process.\n');
  });
});

describe('verify', () => {
  test('finds every event as it was recorded, and names the one that somebody changed', async () => {
    const { url } = await createDatabase('verify');
    await publish(url, 1200);
    const before = await telltale(['verify'], { database: url });
    await run(
      url,
      `do $$ declare t regclass; begin
         for t in select inhrelid::regclass from pg_inherits where inhparent = 'telltale.events_debug'::regclass loop
           execute format('alter table %s disable trigger all', t);
         end loop;
       end $$;
       update telltale.events_debug set data = '{"status":"s7x"}' where data::text = '{"status":"s7"}'`,
    );

    const after = await telltale(['verify'], { database: url });
    const id = /changed: ([0-9a-f-]{36}) at position 8 of log 0/.exec(after.stdout)?.[1] ?? '';
    const one = await telltale(['verify', id], { database: url });

    expect(before).toMatchObject({ code: 0, stdout: '1,200 events verified, each as it was recorded.\n' });
    expect(after).toMatchObject({ code: 1, stdout: expect.stringContaining('1 changed, 0 miscounted') as string });
    expect(one).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^changed: .* its fields give [0-9a-f]{64}\n$/) as string,
    });
  });

  test('an id that nobody recorded is refused', async () => {
    const { url } = await createDatabase('verify nothing');

    expect(await telltale(['verify', device], { database: url })).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('types', () => {
  const nowhere = { TELLTALE_HOME: '/nonexistent' };

  test('lists the catalogue without a database, and says so', async () => {
    const { code, stdout, stderr } = await telltale(['types', 'job.*'], { env: nowhere });

    expect(code).toBe(0);
    expect(stderr).toBe('Without a database: the types that this version declares.\n');
    expect(stdout).toMatch(/^job\.failed +important +365 days +error +A job ended with an error\.$/m);
    expect(stdout).toMatch(/^7 types$/m);
  });

  test('shows one in full, with a command that publishes its example', async () => {
    const { url } = await createDatabase('types');
    const { stdout } = await telltale(['types', 'device.rebooted'], { env: nowhere });
    const example = /--data '(.+)'/.exec(stdout)?.[1] ?? '';

    const published = await telltale(['publish', '--type', 'device.rebooted', '--device', device, '--data', example], {
      database: url,
    });

    expect(stdout).toContain('"type": "object"');
    expect(published.code).toBe(0);
  });

  test('registers a type from a file, which can be published and is listed then', async () => {
    const { url } = await createDatabase('types register');
    const file = join(newFolder(), 'pump.json');
    const schema = {
      type: 'object',
      required: ['litres'],
      properties: { litres: { type: 'number' } },
      additionalProperties: false,
    };
    writeFileSync(file, JSON.stringify({ name: 'pump.primed', description: 'A pump was primed.', schema }));

    const registered = await telltale(['types', 'register', file], { database: url });
    const published = await telltale(
      ['publish', '--type', 'pump.primed', '--device', device, '--data', '{"litres":4}'],
      { database: url },
    );
    const listed = await telltale(['types', 'pump.*', '--json'], { database: url });

    expect(registered.stdout).toBe('Registered pump.primed, version 1: tier standard, kept 90 days.\n');
    expect(published.code).toBe(0);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'pump.primed', registered: true, schema }]);
  });

  test('a name that is not there is refused with the nearest', async () => {
    const { code, stderr } = await telltale(['types', 'job.faild'], { env: nowhere });

    expect(stderr).toMatch(/There is no event type job\.faild; did you mean job\.failed/);
    expect(code).toBe(1);
  });
});
