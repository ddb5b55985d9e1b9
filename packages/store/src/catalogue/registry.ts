/** The event types a process can publish and read: the declared ones, and those that users registered at run time. */
import {
  aggregates,
  type Category,
  catalogue,
  type EventType,
  nearestNames,
  type PreviousSchema,
  type Severity,
  severities,
  TelltaleError,
  type Tier,
  tiers,
} from '@telltale/catalogue';
import type { Session } from '../database/database.ts';
import { readStatement } from '../sql-file.ts';
import { typeId } from './type-id.ts';
import { compileSchema, type Validate } from './validate.ts';

const listEventTypes = readStatement('list_event_types');
const listAggregateTypes = readStatement('list_aggregate_types');

/** What publishing and reading need of a type, ready to use. */
export interface RegisteredType {
  readonly name: string;
  readonly id: number;
  readonly version: number;
  readonly aggregate: string;
  readonly category: Category;
  /** Default severity, as its number. */
  readonly severity: number;
  readonly tier: Tier;
  readonly tierNumber: number;
  /** Schema by version; compiled at first use, since a process publishes few of the types it knows. */
  readonly schemas: ReadonlyMap<number, object>;
  readonly upcasts: readonly PreviousSchema[];
  /** JSON pointers of personal fields: their text is never indexed. */
  readonly personal: readonly string[];
}

/** A row of event_types with all versions' schemas. */
interface TypeRow {
  event_type: string;
  type_id: number;
  schema_version: number;
  aggregate_type: string;
  category: Category;
  severity: Severity;
  retention_tier: Tier;
  schemas: Record<string, object>;
  personal: string[];
}

function fromDeclaration(type: EventType): RegisteredType {
  return {
    name: type.name,
    id: typeId(type.name),
    version: type.version,
    aggregate: type.aggregate,
    category: type.category,
    severity: severities.indexOf(type.severity),
    tier: type.tier,
    tierNumber: tiers.indexOf(type.tier),
    schemas: new Map<number, object>([
      [type.version, type.schema],
      ...type.previous.map((previous): [number, object] => [previous.version, previous.schema]),
    ]),
    upcasts: type.previous,
    personal: type.personal,
  };
}

function fromRow(row: TypeRow, upcasts: readonly PreviousSchema[]): RegisteredType {
  return {
    name: row.event_type,
    id: row.type_id,
    version: row.schema_version,
    aggregate: row.aggregate_type,
    category: row.category,
    severity: severities.indexOf(row.severity),
    tier: row.retention_tier,
    tierNumber: tiers.indexOf(row.retention_tier),
    schemas: new Map(Object.entries(row.schemas).map(([version, schema]) => [Number(version), schema])),
    upcasts,
    personal: row.personal,
  };
}

export class Registry {
  readonly #byName = new Map<string, RegisteredType>();
  readonly #byId = new Map<number, RegisteredType>();
  readonly #validators = new WeakMap<RegisteredType, Map<number, Validate>>();
  readonly #upcasts = new Map<string, readonly PreviousSchema[]>();
  #versioned = new Set<string>(aggregates.filter((type) => type.versioned).map((type) => type.name));
  #aggregates = new Set<string>(aggregates.map((type) => type.name));

  constructor() {
    for (const type of catalogue) this.#add(fromDeclaration(type));
  }

  #add(type: RegisteredType): void {
    this.#byName.set(type.name, type);
    this.#byId.set(type.id, type);
  }

  find(name: string): RegisteredType | undefined {
    return this.#byName.get(name);
  }

  findById(id: number): RegisteredType | undefined {
    return this.#byId.get(id);
  }

  /** JSON pointers of a type's personal fields. One function for good: readers remember what they make of it. */
  readonly personalOf = (name: string): readonly string[] => this.#byName.get(name)?.personal ?? [];

  names(): string[] {
    return [...this.#byName.keys()].sort();
  }

  /** @throws UnknownEventType with the nearest known names. */
  get(name: string): RegisteredType {
    const type = this.#byName.get(name);
    if (type !== undefined) return type;
    const near = nearestNames(String(name), this.names());
    const hint = near.length > 0 ? `; did you mean ${near.join(' or ')}?` : '';
    throw new TelltaleError(
      'UnknownEventType',
      `/event_type: expected a registered type (found: ${String(name)})${hint}`,
      {
        pointer: '/event_type',
        found: name,
      },
    );
  }

  isVersioned(aggregateType: string): boolean {
    return this.#versioned.has(aggregateType);
  }

  isAggregateType(aggregateType: string): boolean {
    return this.#aggregates.has(aggregateType);
  }

  /** @throws UnknownSchemaVersion */
  validator(type: RegisteredType, version: number): Validate {
    let compiled = this.#validators.get(type);
    if (compiled === undefined) {
      compiled = new Map();
      this.#validators.set(type, compiled);
    }
    let validate = compiled.get(version);
    if (validate === undefined) {
      const schema = type.schemas.get(version);
      if (schema === undefined) {
        throw new TelltaleError(
          'UnknownSchemaVersion',
          `/schema_version: expected one of ${[...type.schemas.keys()].join(', ')} for ${type.name} (found: ${version})`,
          { pointer: '/schema_version', found: version },
        );
      }
      validate = compileSchema(schema, `${type.name}@${version}`);
      compiled.set(version, validate);
    }
    return validate;
  }

  /** Data of an older version, brought up to the newest that this process knows a way to. */
  upcast(type: RegisteredType, version: number, data: unknown): { version: number; data: unknown } {
    let current = { version, data };
    for (const previous of [...type.upcasts].sort((one, other) => one.version - other.version)) {
      if (previous.version === current.version) {
        current = { version: previous.version + 1, data: previous.upcast(current.data) };
      }
    }
    return current;
  }

  /** Remembers how older versions of a run-time type are read: functions live in processes, not in the database. */
  keepUpcasts(name: string, upcasts: readonly PreviousSchema[]): void {
    this.#upcasts.set(name, upcasts);
  }

  /** Reads what the database knows: types of other processes, of other versions, and those registered at run time. */
  async refresh(session: Session): Promise<void> {
    const rows = await session.query<TypeRow>(listEventTypes);
    for (const row of rows) {
      const known = this.#byName.get(row.event_type);
      const upcasts = this.#upcasts.get(row.event_type) ?? known?.upcasts ?? [];
      if (known !== undefined && known.version > row.schema_version) continue;
      this.#add(fromRow(row, upcasts));
    }
    const aggregateRows = await session.query<{ aggregate_type: string; versioned: boolean }>(listAggregateTypes);
    this.#aggregates = new Set(aggregateRows.map((row) => row.aggregate_type));
    this.#versioned = new Set(aggregateRows.filter((row) => row.versioned).map((row) => row.aggregate_type));
  }
}
