/** What the runner asks of every contender, and the loop that feeds events to a contender's concurrent callers. */
import type { EventInput } from '@telltale/catalogue';
import type { Client } from 'pg';

/** How a row of the table calls: events a call, concurrent callers, and for ours the number of logs. */
export interface Shape {
  readonly batch: number;
  readonly callers: number;
  readonly logs?: number;
}

/** Connections that are open and warm; `run` is all that the clock sees. */
export interface Session {
  run(events: readonly EventInput[]): Promise<void>;
  close(): Promise<void>;
}

export interface Contender {
  readonly name: string;
  /** Makes the tables in an empty database, which then is the template of every run's own database. */
  readonly setup: (url: string) => Promise<void>;
  open(url: string, shape: Shape): Promise<Session>;
  /** Bytes an event takes in its table and indexes; `client` is connected to a database that holds `events` events. */
  measure?(client: Client, events: number): Promise<Record<string, number>>;
}

/** Has `callers` concurrent callers send all events, each taking the next batch as soon as its last is acknowledged. */
export async function feed(
  events: readonly EventInput[],
  shape: Shape,
  send: (batch: readonly EventInput[], caller: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const call = async (_: unknown, caller: number): Promise<void> => {
    while (next < events.length) {
      const from = next;
      next += shape.batch;
      await send(events.slice(from, next), caller);
    }
  };
  await Promise.all(Array.from({ length: shape.callers }, call));
}
