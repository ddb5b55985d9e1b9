/** The kinds of thing an event can belong to, and which of them count the versions of their streams. */

export interface AggregateType {
  readonly name: string;
  /** Whether `expectedVersion` works on its streams. Telemetry never pays for a version. */
  readonly versioned: boolean;
  readonly description: string;
}

export const aggregates = [
  { name: 'device', versioned: false, description: 'A device in the field.' },
  { name: 'app', versioned: false, description: 'An app on a device, with its containers and images.' },
  { name: 'volume', versioned: false, description: 'A volume that apps of a device keep data on.' },
  { name: 'network', versioned: false, description: 'A container network on a device.' },
  { name: 'sensor', versioned: false, description: 'A sensor of a device.' },
  { name: 'job', versioned: true, description: 'A job that a device runs once; two workers must not both end it.' },
  { name: 'user', versioned: true, description: 'A person or service with access to the fleet.' },
  { name: 'rule', versioned: true, description: 'A rule that somebody edits, such as an alert or an automation.' },
  { name: 'export', versioned: false, description: 'One export of data or events.' },
  { name: 'event_type', versioned: true, description: 'An event type; its schema versions follow one another.' },
  { name: 'log', versioned: false, description: 'A log of events itself.' },
] as const satisfies readonly AggregateType[];

export type AggregateName = (typeof aggregates)[number]['name'];
