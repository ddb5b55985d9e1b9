/** Makes publishing wait: whoever appends waits for a lock that the test holds. */
import { Client } from 'pg';
import { onTestFinished } from 'vitest';

/** Answers with what lets the appends go on. */
export async function holdAppends(url: string): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  let held = true;
  const release = async (): Promise<void> => {
    if (!held) return;
    held = false;
    await client.end();
  };
  onTestFinished(release);
  await client.query('begin');
  await client.query('lock table telltale.log_batches in access exclusive mode');
  return release;
}
