/** Says each line of the log as an event of its node. */
import type { EventInput, Severity } from '@telltale/catalogue';
import { identities } from '../identity.ts';
import { eventTypeOf } from './event-type.ts';
import type { Level, LogLine } from './line.ts';

const idOf = identities('bgl');

/** BlueGene/L knows six levels, rising in this order; two of them fall together twice. */
const severities: Readonly<Record<Level, Severity>> = {
  INFO: 'info',
  WARNING: 'warning',
  SEVERE: 'error',
  ERROR: 'error',
  FATAL: 'critical',
  FAILURE: 'critical',
};

/** The device of a node; lines that name no node happened to the machine as a whole, which is a device of its own. */
export function deviceOf(node: string | null): string {
  return idOf(node === null ? 'machine' : `node:${node}`);
}

export function toEvent(line: LogLine): EventInput {
  const { number, timestamp, node, level, message, template, alert } = line;
  return {
    event_type: eventTypeOf(line),
    event_id: idOf(`line:${number}`),
    timestamp,
    device_uuid: deviceOf(node),
    data: { node, level, message, template, line: number, ...(alert !== null && { alert }) },
    metadata: {
      source: { service: 'bgl', version: '1', environment: 'example' },
      tags: { component: line.component },
      severity: severities[level],
    },
  };
}
