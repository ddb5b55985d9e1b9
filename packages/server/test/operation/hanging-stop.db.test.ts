/** The end of a server whose database does not answer. */
import { expect, onTestFinished, test } from 'vitest';
import { openServing } from '../serving.ts';
import { holdAppends } from './hold.ts';

test('a database that does not answer holds the end of the server up no longer than its bounds', async () => {
  const { app, url, token } = await openServing('hanging stop', {
    audit: { everySeconds: 3600 },
    limits: { stopSeconds: 0.5 },
    live: { stopSeconds: 0.5 },
  });
  const base = await app.listen({ host: '127.0.0.1', port: 0 });
  const headers = { authorization: `Bearer ${await token()}` };
  const left = new AbortController();
  onTestFinished(() => left.abort());
  await fetch(`${base}/api/v1/events/stream`, { headers, signal: left.signal });
  // The second read of a kind is recorded when the server stops.
  for (let read = 0; read < 2; read++) await app.inject({ url: '/api/v1/events', headers });
  const release = await holdAppends(url);
  // The reader of the streams looks at the log by now.
  await new Promise((resolve) => setTimeout(resolve, 300));

  const began = performance.now();
  await app.close();

  expect(performance.now() - began).toBeLessThan(5000);
  await release();
});
