/** Random events with everything a search can ask for, and the criteria that ask for it. */
import { randomUUID } from 'node:crypto';
import {
  type Event,
  type EventInput,
  type EventSearchCriteria,
  filterOf,
  matchFilter,
  severities,
} from '@telltale/catalogue';
import { Registry } from '../../src/catalogue/registry.ts';
import { deviceOf } from '../invariant/fleet.ts';

export type Draw = () => number;

const pick = <Item>(next: Draw, items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item;

const sites = ['lab', 'plant', 'dock'];
const people = ['anna', 'ben'];
const words = ['valve', 'stuck', 'pump', 'restarted', 'restarting', 'the', 'timeout', 'Überdruck', 'v2.1', 'sensor_7'];
const correlations = Array.from({ length: 20 }, () => randomUUID());

const sentence = (next: Draw): string =>
  Array.from({ length: 1 + Math.floor(next() * 5) }, () => pick(next, words)).join(pick(next, [' ', ', ', '-']));

/** One event of the last ten days, some of them late by days. */
export function randomEvent(
  next: Draw,
  base: number,
  others: readonly string[] = [],
): EventInput & { event_id: string } {
  const device = deviceOf(Math.floor(next() ** 3 * 40));
  const tenant = pick(next, [null, 'acme', 'umbrella']);
  const late = next() < 0.1 ? Math.floor(next() * 10 * 86_400_000) : 0;
  const metadata = {
    ...(tenant !== null && { tenant: { id: tenant, name: tenant } }),
    ...(next() < 0.5 && { severity: pick(next, severities) }),
    ...(next() < 0.5 && { tags: { site: pick(next, sites), line: String(Math.floor(next() * 3)) } }),
    ...(next() < 0.5 && { source: { service: pick(next, ['agent', 'api']), version: '1', environment: 'production' } }),
    ...actorOf(next, device),
  };
  const rest = {
    event_id: randomUUID(),
    timestamp: new Date(base - late - Math.floor(next() * 1000) * 60),
    metadata,
    ...(next() < 0.3 && { outcome: pick(next, ['success', 'failure'] as const) }),
    ...(next() < 0.2 && { correlation_id: pick(next, correlations) }),
    ...(others.length > 0 && next() < 0.2 && { causation_id: pick(next, others) }),
  };
  return { ...subjectOf(next, device), ...rest };
}

function actorOf(next: Draw, device: string): object {
  const kind = next();
  if (kind < 0.3) return { actor: { type: 'user', id: pick(next, people), name: 'Anna Valve' } };
  return kind < 0.6 ? { actor: { type: 'device', id: device } } : {};
}

function subjectOf(next: Draw, device: string): Pick<EventInput, 'event_type' | 'data'> & Partial<EventInput> {
  const kind = next();
  if (kind < 0.3) return { event_type: 'device.heartbeat', device_uuid: device, data: {} };
  if (kind < 0.5) return { event_type: 'device.offline', device_uuid: device, data: { reason: sentence(next) } };
  if (kind < 0.7) {
    const job = String(Math.floor(next() * 30));
    return {
      event_type: 'job.failed',
      aggregate_id: job,
      device_uuid: device,
      data: { job_id: job, error: sentence(next) },
    };
  }
  if (kind < 0.8) return { event_type: 'image.removed', aggregate_id: 'web', data: { image: sentence(next) } };
  if (kind < 0.81) return { event_type: 'device.archived', device_uuid: device, data: { reason: sentence(next) } };
  return { event_type: 'device.online', device_uuid: device, data: { agent_version: `3.${Math.floor(next() * 3)}.0` } };
}

/** Criteria of every kind, alone and together. */
export function criteriaOf(next: Draw, base: number): EventSearchCriteria {
  const choices: (() => EventSearchCriteria)[] = [
    () => ({ deviceUuid: deviceOf(Math.floor(next() * 40)) }),
    () => ({ eventTypes: [pick(next, ['job.failed', 'device.online', 'device.archived']), 'image.removed'] }),
    () => ({ aggregateTypes: [pick(next, ['job', 'image', 'device'])] }),
    () => ({ dateFrom: new Date(base - Math.floor(next() * 86_400_000)) }),
    () => ({ dateTo: new Date(base - Math.floor(next() * 5 * 86_400_000)) }),
    () => ({ severity: [pick(next, severities), pick(next, severities)] }),
    () => ({ actor: { type: 'user', ...(next() < 0.7 && { id: pick(next, people) }) } }),
    () => ({ actor: { type: 'device', id: deviceOf(Math.floor(next() * 40)) } }),
    () => ({ tags: { site: pick(next, sites), ...(next() < 0.5 && { line: '1' }) } }),
    () => ({ correlationId: pick(next, correlations) }),
    () => ({ outcome: [pick(next, ['success', 'failure'] as const)] }),
    () => ({ category: [pick(next, ['job', 'lifecycle', 'connectivity'] as const)] }),
    () => ({ tenant: pick(next, ['acme', 'umbrella', 'nobody']) }),
    () => ({
      text: pick(
        next,
        words.filter((word) => word !== 'the'),
      ),
    }),
    () => ({ text: `"${pick(next, words)} ${pick(next, words)}"` }),
    () => ({ filter: pick(next, filters) }),
    () => ({ limit: 1 + Math.floor(next() * 300), offset: Math.floor(next() * 50) }),
  ];
  const criteria = Array.from({ length: 1 + Math.floor(next() * 3) }, () => pick(next, choices)());
  const { dateTo, ...rest } = Object.assign({}, ...criteria) as EventSearchCriteria;
  // An inverted range is refused, which is another test's.
  return dateTo === undefined || rest.dateFrom !== undefined ? rest : { ...rest, dateTo };
}

const filters = [
  'severity>=error',
  'type:device.*line -tag.site:lab',
  'actor.id:anna OR actor.id:ben',
  'data.job_id>=10',
  '-type:device.* source:agent',
  'tier:critical,important service:api',
  'aggregate.id:web OR aggregate.id:7',
  'NOT (severity:info OR severity:debug) environment:production',
  'outcome:*',
  '"valve stuck" OR pump',
];

const { personalOf } = new Registry();

/** The page that the criteria must give, of these events alone, by looking at each. */
export function searchByHand(events: readonly Event[], criteria: EventSearchCriteria): string[] {
  const matches = matchFilter(filterOf(criteria), { personal: personalOf });
  const { offset = 0, limit = 100 } = criteria;
  return events
    .filter(matches)
    .sort(newestFirst)
    .slice(offset, offset + limit)
    .map((event) => event.event_id);
}

function newestFirst(one: Event, other: Event): number {
  if (one.timestamp !== other.timestamp) return one.timestamp < other.timestamp ? 1 : -1;
  return other.log - one.log || other.position - one.position;
}
