/** Says each record of the data set in the words of the catalogue. */
import type { EventInput, EventMetadata } from '@telltale/catalogue';
import { identities } from '../identity.ts';
import { type Link, linkRecords } from './incident.ts';
import type { PdmRecord } from './record.ts';

const idOf = identities('azure-pdm');

/** The device that a machine's number stands for. */
export function deviceOf(machine: string): string {
  return idOf(`machine:${machine}`);
}

/** The events of all records, in the same order. */
export function toEvents(records: readonly PdmRecord[]): EventInput[] {
  const links = linkRecords(records);
  return records.map((record) => toEvent(record, links.get(record)));
}

function toEvent(record: PdmRecord, link: Link | undefined): EventInput {
  const { event_type, data, file, ...severity } = say(record, link);
  return {
    event_type,
    event_id: eventIdOf(record),
    timestamp: new Date(record.at),
    device_uuid: deviceOf(record.machine),
    data,
    metadata: { source: { service: 'azure-pdm', version: '1', environment: 'example' }, tags: { file }, ...severity },
    correlation_id: link === undefined ? null : idOf(link.incident),
    causation_id: link?.cause ? eventIdOf(link.cause) : null,
  };
}

/** No machine has the same error or component twice in an hour, so this names a record. */
function eventIdOf({ kind, machine, at, subject }: PdmRecord): string {
  return idOf(`${kind}:${machine}:${new Date(at).toISOString()}:${subject}`);
}

interface Saying extends Pick<EventMetadata, 'severity' | 'impact'> {
  readonly event_type: string;
  readonly data: object;
  readonly file: string;
}

function say(record: PdmRecord, link: Link | undefined): Saying {
  const { kind, machine, subject, age } = record;
  if (kind === 'machine') {
    return { event_type: 'device.provisioned', data: introduce(machine, subject, age), file: 'PdM_machines' };
  }
  if (kind === 'error') {
    const data = { alert_id: subject, alert_name: subject };
    return { event_type: 'device.alert_triggered', data, severity: 'warning', file: 'PdM_errors' };
  }
  if (kind === 'failure') {
    const data = { status: 'failed', component: subject };
    return { event_type: 'device.health_degraded', data, severity: 'critical', impact: 'high', file: 'PdM_failures' };
  }
  return { ...sayReplacement(subject, link), severity: 'info', file: 'PdM_maint' };
}

/** The schema asks how a machine was provisioned, and no file says when or how: `assumed` marks what was made up. */
function introduce(machine: string, model: string, age: number | null): object {
  return {
    device_uuid: deviceOf(machine),
    device_name: `machine ${machine}`,
    provisioning_method: 'api_key',
    metadata: { external_id: machine, model, age_years: age, assumed: ['timestamp', 'provisioning_method'] },
  };
}

/** A replacement that answers a failure makes the component healthy again; any other was done on a scheduled visit. */
function sayReplacement(component: string, link: Link | undefined): Pick<Saying, 'event_type' | 'data'> {
  const reason = `${component} replaced`;
  return link === undefined
    ? {
        event_type: 'device.maintenance_mode',
        data: { enabled: false, kind: 'planned', components: [component], reason },
      }
    : {
        event_type: 'device.health_recovered',
        data: { status: 'healthy', previous_status: 'failed', component, reason },
      };
}
