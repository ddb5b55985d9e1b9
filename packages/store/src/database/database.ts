/** The seam to a driver: what the store needs of a connection, a pool and a listener, and nothing more. */

/** Text to run; a name makes it a prepared statement. Types of the parameters are PostgreSQL's to infer. */
export interface Query {
  readonly text: string;
  readonly name?: string;
}

/** A value that a driver can send: text, bytes for bytea, or a column of an array parameter. */
export type Value = string | number | boolean | null | Uint8Array | Column;

/** One array parameter in the form this driver sends best. */
export interface Column {
  /** PostgreSQL's binary array format, for drivers that can send it; null for a column that is null throughout. */
  binary(): Buffer | null;
  /** The array literal, for those that cannot; null likewise. */
  literal(): string | null;
}

/** A connection, or something that borrows one for each query. */
export interface Session {
  query<Row extends object = Record<string, unknown>>(query: Query, values?: readonly Value[]): Promise<Row[]>;
  /** Several statements without parameters. */
  script(text: string): Promise<void>;
}

/** Connections of a pool at a moment. */
export interface PoolUse {
  readonly most: number;
  readonly open: number;
  readonly idle: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
}

/** A pool. */
export interface Database extends Session {
  /** Runs the work in one READ COMMITTED transaction on one connection; rolls back when it throws. */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Borrows one connection for statements that no transaction may hold, such as DETACH ... CONCURRENTLY. */
  connection<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Absent where the driver does not tell. */
  use?(): PoolUse;
  close(): Promise<void>;
}
