/** Programs that know nothing of Telltale: `eventsource`, `ws`, `curl` and the SDK of CloudEvents work with the API as it is. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { CloudEvent, HTTP } from 'cloudevents';
import { EventSource } from 'eventsource';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { newDevice, numbered } from '../live/following.ts';
import { type Calling, openCalling } from './calling.ts';
import { Proxy } from './proxy.ts';

const patient = { timeout: 30_000, interval: 20 };
const hasCurl = spawnSync('curl', ['--version']).status === 0;

interface Listening {
  readonly source: EventSource;
  readonly numbers: number[];
  /** Cursors that came by themselves. */
  readonly cursors: string[];
}

const numberIn = (text: string): number =>
  Number((JSON.parse(text) as { data: { reason: string } }).data.reason.slice(1));

function listen(source: EventSource): Listening {
  onTestFinished(() => source.close());
  const numbers: number[] = [];
  const cursors: string[] = [];
  source.addEventListener('message', ({ data }) => numbers.push(numberIn(data as string)));
  source.addEventListener('cursor', ({ lastEventId }) => cursors.push(lastEventId));
  return { source, numbers, cursors };
}

/** An EventSource that sends the token as a header. */
async function withHeaders({ token }: Calling, address: string): Promise<Listening> {
  const authorization = `Bearer ${await token()}`;
  const call: typeof fetch = (url, init) =>
    fetch(url, { ...init, headers: { ...(init?.headers as Record<string, string>), authorization } });
  return listen(new EventSource(address, { fetch: call }));
}

test('EventSource with a ticket gets what happens', async () => {
  const { address, client, store } = await openCalling('eventsource ticket');
  const device = newDevice();
  const path = `/api/v1/devices/${device}/events/stream`;
  const ticket = await client().ticketFor(path);

  const { numbers, cursors } = listen(new EventSource(`${address}${path}?ticket=${ticket}`));
  await expect.poll(() => cursors.length, patient).toBe(1);
  await store.publishBatch([numbered(device, 1), numbered(newDevice(), 2), numbered(device, 3)]);

  await expect.poll(() => numbers, patient).toEqual([1, 3]);
});

test('EventSource resumes by itself after a break, also before the first event: nothing lost, nothing twice', async () => {
  const calling = await openCalling('eventsource resume');
  const { address, store } = calling;
  const proxy = await Proxy.open(address);
  const { numbers, cursors } = await withHeaders(calling, `${proxy.url}/api/v1/events/stream`);
  const breakOff = async (publish: () => Promise<unknown>): Promise<void> => {
    const connections = proxy.seen.length;
    proxy.isSilent = true;
    await publish();
    proxy.cut();
    proxy.isSilent = false;
    await expect.poll(() => proxy.seen.length, patient).toBeGreaterThan(connections);
  };
  await expect.poll(() => cursors.length, patient).toBe(1);

  await breakOff(() => store.publish(numbered(newDevice(), 1)));
  await expect.poll(() => numbers, patient).toEqual([1]);
  await store.publish(numbered(newDevice(), 2));
  await expect.poll(() => numbers, patient).toEqual([1, 2]);
  await breakOff(() => store.publish(numbered(newDevice(), 3)));

  await expect.poll(() => numbers, patient).toEqual([1, 2, 3]);
});

test('a WebSocket of ws gets what happens, with a ticket or with a header, and goes on behind its cursor', async () => {
  const { address, client, store, token } = await openCalling('ws');
  const path = '/api/v1/events/ws';
  const got: Record<'ticket' | 'header', { type: string; cursor: string; event?: { data: { reason: string } } }[]> = {
    ticket: [],
    header: [],
  };
  const open = (into: 'ticket' | 'header', query: string, headers = {}): WebSocket => {
    const socket = new WebSocket(`${address.replace('http', 'ws')}${path}?${query}`, { headers });
    onTestFinished(() => socket.terminate());
    return socket.on('message', (bytes: Buffer) => got[into].push(JSON.parse(bytes.toString('utf8'))));
  };
  const reasons = (of: 'ticket' | 'header') => got[of].flatMap(({ event }) => (event ? [event.data.reason] : []));

  const first = open('ticket', `ticket=${await client().ticketFor(path)}`);
  await expect.poll(() => got.ticket.length, patient).toBe(1);
  await store.publish(numbered(newDevice(), 1));
  await expect.poll(() => reasons('ticket'), patient).toEqual(['n1']);
  first.close();
  await store.publish(numbered(newDevice(), 2));
  open('header', `after=${got.ticket.at(-1)?.cursor}`, { authorization: `Bearer ${await token()}` });

  await expect.poll(() => reasons('header'), patient).toEqual(['n2']);
});

test.skipIf(!hasCurl)('curl publishes, searches and follows (skipped only where there is no curl)', async () => {
  const { address, token, store } = await openCalling('curl');
  const device = newDevice();
  const authorization = `Authorization: Bearer ${await token()}`;
  const curl = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)('curl', ['-sS', '-N', '-H', authorization, ...args])).stdout;
  const line = (number: number): string => JSON.stringify(numbered(device, number));

  const json = ['-H', 'content-type: application/json', '-d', line(1)];
  const published = JSON.parse(await curl(`${address}/api/v1/events`, ...json));
  const ndjson = ['-H', 'content-type: application/x-ndjson', '--data-binary', `${line(2)}\n${line(3)}\n`];
  const lines = (await curl(`${address}/api/v1/events`, ...ndjson)).trim().split('\n');
  const found = JSON.parse(await curl(`${address}/api/v1/events?deviceUuid=${device}`));
  const stream = curl('--max-time', '3', `${address}/api/v1/devices/${device}/events/stream?last=2`).catch(
    (ended: { stdout: string }) => ended.stdout,
  );
  await store.publish(numbered(newDevice(), 4));

  expect(published.receipts).toEqual([expect.objectContaining({ status: 'stored' })]);
  expect(lines.map((one) => JSON.parse(one))).toEqual([
    { line: 1, receipt: expect.objectContaining({ status: 'stored' }) },
    { line: 2, receipt: expect.objectContaining({ status: 'stored' }) },
  ]);
  expect(found.events).toHaveLength(3);
  const data = (await stream).split('\n').filter((one) => one.startsWith('data: {'));
  expect(data.map((one) => numberIn(one.slice(6)))).toEqual([2, 3]);
});

test.each(['binary', 'structured'] as const)('the CloudEvents SDK publishes in %s mode', async (mode) => {
  const { address, token, store } = await openCalling(`cloudevents ${mode}`);
  const device = newDevice();
  const event = new CloudEvent({
    type: 'com.example.device.online',
    source: '/svc/gateway',
    deviceuuid: device,
    data: { reason: 'n7' },
  });
  const { headers, body } = HTTP[mode](event);

  const answer = await fetch(`${address}/api/v1/events`, {
    method: 'POST',
    headers: { ...(headers as Record<string, string>), authorization: `Bearer ${await token()}` },
    body: body as string,
  });

  expect([answer.status, await answer.json()]).toEqual([
    201,
    { receipts: [expect.objectContaining({ event_id: event.id, status: 'stored' })] },
  ]);
  expect(await store.search({ deviceUuid: device })).toEqual([
    expect.objectContaining({
      event_id: event.id,
      event_type: 'device.online',
      data: { reason: 'n7' },
      source: 'gateway',
    }),
  ]);
});

test('what is recorded is a CloudEvent to the SDK', async () => {
  const { address, token, store } = await openCalling('cloudevents read');
  const device = newDevice();
  const receipt = await store.publish(numbered(device, 1));

  const answer = await fetch(`${address}/api/v1/events/${receipt.event_id}`, {
    headers: { accept: 'application/cloudevents+json', authorization: `Bearer ${await token()}` },
  });
  const event = HTTP.toEvent({
    headers: Object.fromEntries(answer.headers),
    body: await answer.text(),
  }) as CloudEvent<unknown>;

  expect(event.validate()).toBe(true);
  expect([event.id, event.data, event['partitionkey']]).toEqual([receipt.event_id, { reason: 'n1' }, device]);
});
