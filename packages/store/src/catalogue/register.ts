/** Registers event types at run time: the same checks, the same table and the same door as the declared ones. */
import {
  categories,
  type EventInput,
  type EventType,
  type EventTypeDeclaration,
  eventType,
  severities,
  TelltaleError,
  tiers,
} from '@telltale/catalogue';
import type { Session } from '../database/database.ts';
import { canonicalize } from '../event/canonical.ts';
import { readStatement } from '../sql-file.ts';
import type { Registry } from './registry.ts';
import { typeId } from './type-id.ts';
import { compileSchema } from './validate.ts';

const registerStatement = readStatement('register_event_type');

/** Days a tier keeps its events when a declaration does not say; critical is 7 years (specification §4). */
const defaultDays = { critical: 2555, important: 365, standard: 90, debug: 7 } as const;

/** What a user declares: everything but name, description and schema has a default; examples are welcome and checked. */
export type EventTypeRegistration = Pick<EventTypeDeclaration<string, object>, 'name' | 'description' | 'schema'> &
  Partial<EventTypeDeclaration<string, object>> & {
    /** For an aggregate type that is new: whether its streams carry versions. */
    readonly versioned?: boolean;
  };

/**
 * Registers a type, or a new version of it.
 * @throws InvalidEventType when the declaration is not valid; EventTypeExists when the name or version stands for
 * another schema.
 */
export async function registerEventType(
  session: Session,
  registry: Registry,
  registration: EventTypeRegistration,
): Promise<{ type: EventType; isNew: boolean }> {
  const type = complete(registration);
  checkDeclaration(type);
  await registry.refresh(session);
  checkAgainstKnown(registry, type);
  const isNew = registry.find(type.name)?.schemas.has(type.version) !== true;
  registry.keepUpcasts(type.name, type.previous);
  await session.query(registerStatement, [JSON.stringify(toRow(type, registration.versioned))]);
  await registry.refresh(session);
  return { type, isNew };
}

/** What the log says of a registration. */
export function registrationRecord(type: EventType): EventInput {
  return {
    event_type: 'event_type.registered',
    aggregate_id: type.name,
    data: {
      event_type: type.name,
      schema_version: type.version,
      aggregate_type: type.aggregate,
      retention_tier: type.tier,
      retention_days: type.days,
      description: type.description,
    },
  };
}

function complete(registration: EventTypeRegistration): EventType {
  const { versioned: _versioned, ...declaration } = registration;
  const tier = registration.tier ?? 'standard';
  return eventType({
    aggregate: 'device',
    category: 'operation',
    severity: 'info',
    days: defaultDays[tier] ?? null,
    summary: registration.description,
    icon: 'point',
    valid: [] as never,
    invalid: [] as never,
    ...declaration,
    tier,
  }) as EventType;
}

function checkDeclaration(type: EventType): void {
  const wrong =
    (!/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/.test(type.name) && 'name: expected noun.verb_past in lower case') ||
    (type.name.length > 100 && 'name: expected at most 100 characters') ||
    (!/^[a-z][a-z0-9_]{0,49}$/.test(type.aggregate) && 'aggregate: expected lower case, at most 50 characters') ||
    (!tiers.includes(type.tier) && `tier: expected one of ${tiers.join(', ')}`) ||
    (!severities.includes(type.severity) && `severity: expected one of ${severities.join(', ')}`) ||
    (!categories.includes(type.category) && `category: expected one of ${categories.join(', ')}`) ||
    (!(Number.isInteger(type.version) && type.version > 0 && type.version < 32_768) &&
      'version: expected a whole number from 1') ||
    (type.days !== null &&
      !(Number.isInteger(type.days) && type.days > 0) &&
      'days: expected a whole number of days, or null') ||
    (type.tier === 'critical' &&
      type.days !== null &&
      type.days < defaultDays.critical &&
      'days: expected at least 2,555 for the critical tier') ||
    (typeof type.description !== 'string' && 'description: expected text');
  if (wrong) throw new TelltaleError('InvalidEventType', `${type.name}: ${wrong}`);
  const validate = compileSchema(type.schema, type.name);
  for (const example of type.valid) {
    if (!validate(example))
      throw new TelltaleError(
        'InvalidEventType',
        `${type.name}: expected every valid example to pass its schema (found: ${JSON.stringify(example)})`,
      );
  }
  for (const { data } of type.invalid) {
    if (validate(data))
      throw new TelltaleError(
        'InvalidEventType',
        `${type.name}: expected every invalid example to be refused (found: ${JSON.stringify(data)})`,
      );
  }
}

function checkAgainstKnown(registry: Registry, type: EventType): void {
  const id = typeId(type.name);
  const known = registry.findById(id);
  if (known === undefined) return;
  const differs =
    (known.name !== type.name && `type ${known.name}, whose number is the same; choose another name`) ||
    (known.aggregate !== type.aggregate && `aggregate ${known.aggregate}; it never changes`) ||
    (known.tier !== type.tier && `tier ${known.tier}; it never changes`);
  const schema = known.schemas.get(type.version);
  const edited = schema !== undefined && canonicalize(schema) !== canonicalize(plain(type.schema));
  if (differs || edited || type.version < known.version) {
    const found =
      differs ||
      (edited
        ? `version ${type.version} with another schema; raise the version`
        : `version ${known.version}; raise the version`);
    throw new TelltaleError('EventTypeExists', `${type.name}: expected a new name or version (found: ${found})`);
  }
}

/** A schema as JSON has it: TypeBox keeps symbols beside the keywords. */
function plain(schema: object): unknown {
  return JSON.parse(JSON.stringify(schema));
}

function toRow(type: EventType, versioned: boolean | undefined): Record<string, unknown> {
  return {
    event_type: type.name,
    type_id: typeId(type.name),
    schema_version: type.version,
    aggregate_type: type.aggregate,
    versioned,
    description: type.description,
    category: type.category,
    severity: type.severity,
    retention_tier: type.tier,
    retention_days: type.days,
    schema: type.schema,
    personal: type.personal,
    repetitive_interval: type.repetitive?.interval ?? null,
    sampled: type.sampled,
    summary: type.summary,
    icon: type.icon,
    state_changes: type.state,
  };
}
