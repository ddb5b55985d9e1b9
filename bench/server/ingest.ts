/** Publishing over HTTP as fast as it is taken, while every question is asked at five a second. */
import { createClient } from '@telltale/protocol';
import { askAll } from './asking.ts';
import { Child } from './child.ts';
import type { PublishingOptions, PublishingReport } from './publishing.ts';
import type { Usage } from './serving.ts';

export interface IngestResult {
  readonly form: 'batch' | 'ndjson';
  readonly events_per_s: number;
  readonly seconds: number;
  readonly publish_p99_ms: number;
  readonly query_p99_ms: number;
  readonly queries: number;
  /** The slowest of each call, in milliseconds. */
  readonly slowest_ms: Readonly<Record<string, number>>;
  readonly failures: Readonly<Record<string, string>>;
  /** Of the server process, every ten seconds. */
  readonly rss_mb: readonly number[];
  /** Of one core, by the server process. */
  readonly server_cpu: number;
}

export interface IngestOptions {
  readonly address: string;
  readonly token: string;
  readonly form: 'batch' | 'ndjson';
  readonly connections: number;
  readonly seconds: number;
}

const questionsPerSecond = 5;
const rssEvery = 10_000;

export async function benchIngest(server: Child, options: IngestOptions): Promise<IngestResult> {
  const { address, token, form, seconds } = options;
  const client = createClient({ url: address, token, retries: 0 });
  const rss: number[] = [];
  const look = async (): Promise<Usage> => {
    const usage = await server.ask<Usage>('usage');
    rss.push(Math.round(usage.rss / 2 ** 20));
    return usage;
  };
  const before = await look();
  const load: PublishingOptions = options;
  const publisher = new Child('publishing.ts', [JSON.stringify(load)]);
  const looking = setInterval(() => void look(), rssEvery);
  const stop = new AbortController();
  const asking = askAll(client, questionsPerSecond, stop.signal);
  try {
    const report = await publisher.hear<PublishingReport>();
    stop.abort();
    clearInterval(looking);
    const { times, failures } = await asking;
    const after = await look();
    const all = [...times.values()].flat().sort((one, other) => one - other);
    return {
      form,
      events_per_s: Math.round(report.published / report.seconds),
      seconds: Math.round(report.seconds),
      publish_p99_ms: Math.round(report.p99_ms * 10) / 10,
      query_p99_ms: Math.round((all[Math.floor(all.length * 0.99)] ?? 0) * 10) / 10,
      queries: all.length,
      slowest_ms: Object.fromEntries([...times].map(([name, of]) => [name, Math.round(Math.max(...of))])),
      failures: {
        ...Object.fromEntries(failures),
        ...(report.failures > 0 && { publishEvents: `${report.failures} refused` }),
      },
      rss_mb: rss,
      server_cpu: Math.round((after.cpu - before.cpu) / 10_000 / seconds) / 100,
    };
  } finally {
    clearInterval(looking);
    stop.abort();
    await publisher.stop();
  }
}
