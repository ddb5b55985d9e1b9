/** Any history of publishes, transactions, repeats and refusals leaves the log that a simple model says, receipts included. */
import { type EventInput, TelltaleError, tiers } from '@telltale/catalogue';
import type { AnyEventStore, ExpectedVersion } from '@telltale/store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDatabase } from '../../../../test/database.ts';
import { findViolations } from './check.ts';
import { deviceOf, eventOf, jobEventOf } from './fleet.ts';
import { LogModel, type ModelAnswer, type ModelEvent, tierOf } from './model.ts';
import { openSession, type Session } from './session.ts';
import { lasting } from './soak.ts';
import { openStore } from './store.ts';

type Step = (
  | { readonly do: 'publish'; readonly events: readonly ModelEvent[] }
  | {
      readonly do: 'expect';
      readonly job: ModelEvent;
      readonly count: number;
      readonly version: number | 'none' | 'exists';
    }
  | {
      readonly do: 'transaction';
      readonly events: readonly ModelEvent[];
      readonly commit: boolean;
      readonly sql: boolean;
    }
  | { readonly do: 'bad batch'; readonly events: readonly ModelEvent[] }
  | { readonly do: 'drain' | 'keep house' }
) & { readonly store: number };

const anyEvent: fc.Arbitrary<ModelEvent> = fc.record({
  of: fc.constantFrom('device' as const, 'device' as const, 'job' as const),
  number: fc.nat(1),
  tier: fc.nat(3),
  id: fc.option(fc.nat(2)),
  content: fc.nat(1),
  stamped: fc.boolean(),
});
const anyEvents = (most: number): fc.Arbitrary<ModelEvent[]> => fc.array(anyEvent, { minLength: 1, maxLength: most });
const anyStore = fc.nat(1);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('publish' as const), events: anyEvents(5), store: anyStore }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('expect' as const),
      job: anyEvent.map((one) => ({ ...one, of: 'job' as const })),
      count: fc.integer({ min: 1, max: 3 }),
      // Numbers are added to the version at which the stream stands: 0 is right.
      version: fc.oneof(fc.constantFrom(0, 0, 0, -1, 1), fc.constantFrom('none' as const, 'exists' as const)),
      store: anyStore,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('transaction' as const),
      events: anyEvents(3),
      commit: fc.boolean(),
      sql: fc.boolean(),
      store: anyStore,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('bad batch' as const), events: anyEvents(3), store: anyStore }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('drain' as const, 'keep house' as const), store: anyStore }),
  },
);

/** One history in a name space of its own: devices, jobs and ids that no other history uses. */
class History {
  readonly #stores: readonly AnyEventStore[];
  readonly #session: Session;
  readonly #name: number;
  readonly model: LogModel;

  constructor(stores: readonly AnyEventStore[], session: Session, name: number, model: LogModel) {
    this.#stores = stores;
    this.#session = session;
    this.#name = name;
    this.model = model;
  }

  async take(step: Step): Promise<void> {
    const store = this.#stores[step.store] as AnyEventStore;
    switch (step.do) {
      case 'publish':
        return this.#publish(store, step.events);
      case 'expect': {
        const version = typeof step.version === 'string' ? step.version : this.#expected(step.job.number, step.version);
        const jobs = Array.from({ length: step.count }, (_, index) =>
          index === 0 ? step.job : { ...step.job, id: null },
        );
        return this.#publish(store, jobs, version);
      }
      case 'transaction':
        return this.#transact(store, step);
      case 'bad batch': {
        const bad = { ...eventOf(deviceOf(0), 'bad'), data: { online: true } };
        const publishing = store.publishBatch([...step.events.map((one) => this.#toInput(one)), bad]);
        await expect(publishing).rejects.toMatchObject({ code: 'InvalidEvent', place: { index: step.events.length } });
        return;
      }
      case 'drain':
        await store.drainInbox();
        return this.model.drain();
      case 'keep house':
        return store.keepHouse();
    }
  }

  /** The version to expect; the inbox may hold events that come before. */
  #expected(job: number, offset: number): number {
    return Math.max(0, this.model.versionOf(job) + offset);
  }

  async #publish(
    store: AnyEventStore,
    chosen: readonly ModelEvent[],
    expectedVersion?: ExpectedVersion,
  ): Promise<void> {
    const inputs = chosen.map((one) => this.#toInput(one));
    const answer = await store
      .publishBatch(inputs, expectedVersion === undefined ? {} : { expectedVersion })
      .then((receipts) => ({ receipts }))
      .catch((error: unknown) => {
        if (error instanceof TelltaleError) return { refused: error.code };
        throw error;
      });

    expect(answer).toMatchObject(this.model.publish(chosen, expectedVersion) satisfies ModelAnswer);
  }

  async #transact(store: AnyEventStore, step: Extract<Step, { do: 'transaction' }>): Promise<void> {
    // SQL gives every event an id and a time of its own.
    const chosen = step.events.map((one) => (step.sql ? { ...one, id: null, stamped: true } : one));
    await this.#session.ask('begin');
    if (step.sql) for (const one of chosen) await this.#publishFromSql(one);
    else {
      const receipts = await store.publishBatch(
        chosen.map((one) => this.#toInput(one)),
        { transaction: this.#session.client },
      );
      expect(receipts.map((receipt) => receipt.status)).toEqual(chosen.map(() => 'pending'));
    }
    await this.#session.ask(step.commit ? 'commit' : 'rollback');
    if (step.commit) this.model.enqueue(chosen);
  }

  #publishFromSql(one: ModelEvent): Promise<unknown> {
    const { event_type, data, metadata, device_uuid, aggregate_id } = this.#toInput(one);
    return this.#session.ask('select telltale.publish_event($1, $2, $3, $4, p_metadata => $5)', [
      event_type,
      one.of,
      aggregate_id ?? device_uuid,
      JSON.stringify(data),
      JSON.stringify(metadata),
    ]);
  }

  #toInput(one: ModelEvent): EventInput {
    const call = `${one.content}`;
    const input =
      one.of === 'job'
        ? jobEventOf(`${this.#name} ${one.number}`, call)
        : eventOf(deviceOf(this.#name * 10 + one.number), call, tierOf(one));
    return {
      ...input,
      ...(one.id === null ? {} : { event_id: deviceOf(this.#name * 10 + 5 + one.id) }),
      ...(one.stamped ? {} : { timestamp: '2026-02-03T04:05:06Z' }),
    };
  }

  /** The log of the model beside that of the database. */
  async expectSameLog(): Promise<void> {
    const recorded = await this.#session.ask(
      `select e.position::int, e.tier_position::int, e.tier, e.stream_version::int as version, e.context ->> 'call' as call
       from telltale.recorded_events e where e.position > $1 order by e.position`,
      [(this.model.rows[0]?.position ?? Number.MAX_SAFE_INTEGER) - 1],
    );
    expect(recorded).toEqual(
      this.model.rows.map((row) => ({
        position: row.position,
        tier_position: row.tierPosition,
        tier: tiers.indexOf(tierOf(row)),
        version: row.version,
        call: `${row.content}`,
      })),
    );
  }
}

test(
  'any history leaves the log and the receipts that the model says',
  async () => {
    const { url } = await createDatabase('histories');
    const stores = [openStore(url), openStore(url)];
    const session = await openSession(url);
    let name = 0;

    const play = async (steps: readonly Step[]): Promise<void> => {
      const heads = await session.ask<{ name: string; head: number; position: number }>(
        'select retention_tier as name, head::int, log_position::int as position from telltale.log_heads',
      );
      const [before] = await session.ask<{ count: number }>('select count(*)::int from telltale.quarantine');
      const tierHeads = Object.fromEntries(heads.map((row) => [row.name, row.head])) as Record<
        (typeof tiers)[number],
        number
      >;
      const history = new History(stores, session, ++name, new LogModel(heads[0]?.position ?? 0, tierHeads));
      try {
        for (const one of steps) await history.take(one);
      } finally {
        await stores[0]?.drainInbox();
        history.model.drain();
      }
      await history.expectSameLog();
      expect(await session.ask('select count(*)::int from telltale.quarantine')).toEqual([
        { count: (before?.count ?? 0) + history.model.quarantined },
      ]);
      expect(await session.ask('select from telltale.inbox')).toEqual([]);
    };

    await fc.assert(fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 25 }), play), {
      numRuns: lasting(25, 500),
      interruptAfterTimeLimit: lasting(10_000, 300_000),
    });
    expect(await findViolations(session)).toEqual([]);
  },
  lasting(60_000, 400_000),
);
