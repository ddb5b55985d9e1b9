/** The yardstick: JSON.stringify and COPY into a table of one column with no index, and nothing else. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { EventInput } from '@telltale/catalogue';
import type { Client } from 'pg';
import { from } from 'pg-copy-streams';
import { Connections, withClient } from './connection.ts';
import { type Contender, feed } from './contender.ts';

/** 100 events, about 55 kB a write: fewer writes than one an event, and the first bytes leave early. */
const CHUNK = 100;

/** COPY's text format reads a backslash as an escape; JSON has few of them, so one search a chunk is cheapest. */
function encode(events: readonly EventInput[]): Buffer {
  let lines = '';
  for (const event of events) lines += `${JSON.stringify(event)}\n`;
  return Buffer.from(lines.includes('\\') ? lines.replaceAll('\\', '\\\\') : lines);
}

async function copy(client: Client, events: readonly EventInput[]): Promise<void> {
  const stream = client.query(from('COPY raw FROM STDIN', { highWaterMark: 1 << 20 }));
  const finished = once(stream, 'finish');
  for (let at = 0; at < events.length; at += CHUNK) {
    if (!stream.write(encode(events.slice(at, at + CHUNK)))) await once(stream, 'drain');
  }
  stream.end();
  await finished;
}

/** `text` is kept as sent, `jsonb` is parsed by the server; the ratios are taken against the faster. */
export function rawCopy(column: 'text' | 'jsonb'): Contender {
  return {
    name: `raw copy (${column})`,
    async setup(url) {
      const table = await readFile(new URL(`sql/raw-${column}.sql`, import.meta.url), 'utf8');
      await withClient(url, (client) => client.query(table));
    },
    async open(url, shape) {
      const connections = await Connections.open(url, shape.callers);
      return {
        run: (events) => feed(events, shape, (batch, caller) => copy(connections.of(caller), batch)),
        close: () => connections.close(),
      };
    },
  };
}
