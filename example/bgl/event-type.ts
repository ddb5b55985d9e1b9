/**
 * The event types of a log file, made from what the file holds: one for each component's messages, and one for the
 * alerts among them. A type is what readers subscribe to and what retention goes by, so an alert, which somebody must
 * see and keep for a year, is another type than the 90 days of messages around it; the 120 message patterns are a field.
 */
import type { AnyEventStore, EventTypeRegistration } from '@telltale/store';
import { type LogLine, levels } from './line.ts';

export function eventTypeOf(line: LogLine): string {
  return `${line.component}.${line.alert === null ? 'message_logged' : 'alert_raised'}`;
}

/** Registers every type that the lines need; what is registered already stays as it is. */
export async function registerLineTypes(store: AnyEventStore, lines: readonly LogLine[]): Promise<string[]> {
  const needed = new Map(lines.map((line) => [eventTypeOf(line), line]));
  const names = [...needed.keys()].sort();
  for (const name of names) await store.registerEventType(declare(needed.get(name) as LogLine));
  return names;
}

function declare(line: LogLine): EventTypeRegistration {
  const name = eventTypeOf(line);
  return line.alert === null
    ? {
        name,
        description: `The ${line.component} of a BlueGene/L node wrote a line to the log.`,
        category: 'monitoring',
        schema: schemaOf([]),
        summary: '{level} {message}',
        icon: 'file-text',
      }
    : {
        name,
        description: `A line of the ${line.component} of a BlueGene/L node that administrators treat as an alert.`,
        category: 'monitoring',
        severity: 'critical',
        tier: 'important',
        schema: schemaOf(['alert']),
        summary: '{alert}: {message}',
        icon: 'bell-ringing',
        state: [
          { op: 'set', path: '/health/alerts/{alert}', from: '' },
          { op: 'set', path: '/health/alerts/{alert}/triggered_at', from: '$timestamp' },
        ],
      };
}

/** JSON Schema as anybody writes it; `further` are required too. */
function schemaOf(further: readonly string[]): EventTypeRegistration['schema'] {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['node', 'level', 'message', 'template', 'line', ...further],
    properties: {
      node: { type: ['string', 'null'], minLength: 1, maxLength: 100 },
      level: { enum: levels },
      message: { type: 'string', maxLength: 4000 },
      template: { type: 'string', pattern: '^E[0-9]+$' },
      line: { type: 'integer', minimum: 1 },
      alert: { type: 'string', minLength: 1, maxLength: 100 },
    },
  };
}
