/** Counts devices' events behind the log; what is counted, by how many at once, and how far, is the database's to know. */
import type { Session } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';

const statement = readStatement('count_devices');

/** Blocks of one statement: 131,072 events, about a second, which holds no lock that an append or a reader waits for. */
const blocksAtOnce = 16;

/**
 * Counts every complete block there is, and answers with how many. Safe in many processes at once, and after a kill at any
 * moment: a block and what says that it is counted come with one commit.
 */
export async function countDevices(session: Session): Promise<number> {
  let total = 0;
  for (;;) {
    const [row] = await session.query<{ counted: number }>(statement, [blocksAtOnce]);
    const counted = row?.counted ?? 0;
    total += counted;
    if (counted < blocksAtOnce) return total;
  }
}
