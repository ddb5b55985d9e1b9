/** What a database still needs: the numbered migrations it lacks, and the re-creatable files that changed. */
import { TelltaleError } from '@telltale/catalogue';
import type { Session } from '../database/database.ts';
import { readSqlFile, readSqlFolder, type SqlFile } from '../sql-file.ts';

export interface Migration extends SqlFile {
  readonly number: number;
  /** Its first line says `--! breaking-change`: processes that do not know it must stop. */
  readonly breaking: boolean;
}

export interface MigrationPlan {
  readonly migrations: readonly Migration[];
  /** Functions, views, generated rows and privileges to apply again. */
  readonly files: readonly SqlFile[];
  /** Files of functions that an older version applied and this one has no more: the functions go. */
  readonly obsolete: readonly string[];
}

/** Every numbered migration that this version knows. */
function knownMigrations(): Migration[] {
  return readSqlFolder('migration').map((file) => ({
    ...file,
    number: Number(/(\d+)_/.exec(file.name)?.[1]),
    breaking: file.text.startsWith('--! breaking-change'),
  }));
}

/** Everything re-creatable, in the order in which it is applied. */
function knownFiles(): SqlFile[] {
  return [
    ...readSqlFolder('function'),
    readSqlFile('generated/append_events.sql'),
    ...viewOrder.map((name) => readSqlFile(`view/${name}.sql`)),
    readSqlFile('generated/event_types.sql'),
    ...readSqlFolder('privilege'),
  ];
}

/** Views in the order in which they stand on each other. */
export const viewOrder = ['partitions', 'recorded_events', 'events', 'device_event_timeline', 'log_heads'] as const;

interface Applied {
  migrations: { number: number; checksum: string; breaking: boolean; name: string }[];
  files: Map<string, string>;
}

/** What this database has; nothing at all before the first migration. */
async function readApplied(session: Session): Promise<Applied> {
  const [present] = await session.query<{ present: boolean }>({
    text: `select to_regclass('telltale.migrations') is not null as present`,
  });
  if (!present?.present) return { migrations: [], files: new Map() };
  const migrations = await session.query<Applied['migrations'][number]>({
    text: 'select number, name, checksum, breaking from telltale.migrations order by number',
  });
  const files = await session.query<{ name: string; checksum: string }>({
    text: 'select name, checksum from telltale.applied_files',
  });
  return { migrations, files: new Map(files.map((file) => [file.name, file.checksum])) };
}

/**
 * The plan for one database.
 * @throws SchemaTooNew when a newer version made a breaking change; SchemaDrift when a migration was edited afterwards.
 */
export async function planMigration(session: Session): Promise<MigrationPlan> {
  const applied = await readApplied(session);
  const known = knownMigrations();
  refuseNewer(applied.migrations, known);
  const done = new Map(applied.migrations.map((migration) => [migration.number, migration.checksum]));
  for (const migration of known) {
    const checksum = done.get(migration.number);
    if (checksum !== undefined && checksum !== migration.checksum) {
      throw new TelltaleError(
        'SchemaDrift',
        `expected migration ${migration.number} as it was applied (found: another text in this version); a released migration never changes`,
      );
    }
  }
  const migrations = known.filter((migration) => !done.has(migration.number));
  return {
    migrations,
    files: filesToApply(applied.files, migrations.length > 0),
    obsolete: obsoleteFiles(applied, known),
  };
}

/** None where a newer version was here: what it needs is not ours to drop. */
function obsoleteFiles({ migrations, files }: Applied, known: readonly Migration[]): string[] {
  const newest = Math.max(0, ...known.map((migration) => migration.number));
  if (migrations.some((migration) => migration.number > newest)) return [];
  const names = new Set(knownFiles().map((file) => file.name));
  return [...files.keys()].filter((name) => name.startsWith('function/') && !names.has(name)).sort();
}

let shipped: readonly Migration[] | undefined;

/**
 * Cheaper than a plan, for those who ask again and again: the files are read once.
 * @throws NotMigrated when a migration is missing; SchemaTooNew when a newer version made a breaking change.
 */
export async function checkMigrated(session: Session): Promise<void> {
  shipped ??= knownMigrations();
  const { migrations } = await readApplied(session);
  refuseNewer(migrations, shipped);
  const missing = shipped.find(({ number }) => !migrations.some((migration) => migration.number === number));
  if (missing === undefined) return;
  throw new TelltaleError(
    'NotMigrated',
    `expected ${missing.name} to be applied (found: ${migrations.length} of ${shipped.length} migrations); run telltale migrate`,
  );
}

/** Changed files; with a new table or a changed view all views, and with any change the privileges, which name them. */
function filesToApply(applied: ReadonlyMap<string, string>, migrating: boolean): SqlFile[] {
  const changed = (file: SqlFile): boolean => applied.get(file.name) !== file.checksum;
  const files = knownFiles();
  if (!migrating && !files.some(changed)) return [];
  const views = migrating || files.some((file) => file.name.startsWith('view/') && changed(file));
  return files.filter(
    (file) => changed(file) || (views && file.name.startsWith('view/')) || file.name.startsWith('privilege/'),
  );
}

/** Refuses a database that a newer version changed in a way this one cannot work with. */
function refuseNewer(
  applied: readonly { number: number; breaking: boolean; name: string }[],
  known: readonly Migration[],
): void {
  const newest = Math.max(0, ...known.map((migration) => migration.number));
  const newer = applied.find((migration) => migration.number > newest && migration.breaking);
  if (newer !== undefined) {
    throw new TelltaleError(
      'SchemaTooNew',
      `expected a database at migration ${newest} or a compatible one (found: ${newer.name}); upgrade this process`,
    );
  }
}
