/** Takes schemas that have a title out of where they are used, into the components of a document. */
import { isObject } from '@telltale/catalogue';
import { problem } from '../shape/problem.ts';

export type Json = Record<string, unknown>;

export class Components {
  readonly schemas: Record<string, Json> = {};

  constructor() {
    this.refer(problem);
  }

  /** The schema as plain JSON, a reference where it has a title. ($id would be a name to validators, and must not come twice.) */
  refer(schema: object): Json {
    return this.#walk(JSON.parse(JSON.stringify(schema))) as Json;
  }

  #walk(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((item) => this.#walk(item));
    if (!isObject(node)) return node;
    const { title: name, ...rest } = node;
    const inner = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, this.#walk(value)]));
    if (typeof name !== 'string') return inner;
    this.schemas[name] ??= inner;
    return { $ref: `#/components/schemas/${name}` };
  }

  /** By name. */
  sorted(): Record<string, Json> {
    return Object.fromEntries(Object.entries(this.schemas).sort(([one], [other]) => (one < other ? -1 : 1)));
  }
}
