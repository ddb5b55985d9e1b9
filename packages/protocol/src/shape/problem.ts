/** RFC 9457 problems: every error on the wire, made of the table of failures. */
import { type FailureCode, failures, type TelltaleError } from '@telltale/catalogue';
import { type Static, Type } from 'typebox';

export const problemType = 'application/problem+json';

export const problem = Type.Object(
  {
    type: Type.String({ description: 'stable; one for each code' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.Optional(Type.String({ description: 'the id of the request' })),
    code: Type.String(),
    retryable: Type.Boolean(),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          index: Type.Optional(Type.Integer()),
          pointer: Type.Optional(Type.String()),
          expected: Type.Optional(Type.Unknown()),
          found: Type.Optional(Type.Unknown()),
          offset: Type.Optional(Type.Integer()),
          length: Type.Optional(Type.Integer()),
        }),
      ),
    ),
  },
  { title: 'Problem' },
);
export type Problem = Static<typeof problem>;

/** `VersionConflict` -> `urn:telltale:problem:version-conflict`: a name, because no host of ours is promised to answer. */
export function problemTypeOf(code: FailureCode): string {
  return `urn:telltale:problem:${code.replace(/(?<!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase()}`;
}

export function toProblem(error: TelltaleError, instance?: string): Problem {
  const { status, retryable, advice } = failures[error.code];
  const placed = Object.keys(error.place).length > 0;
  return {
    type: problemTypeOf(error.code),
    title: advice.split('. ')[0] as string,
    status,
    detail: error.message,
    ...(instance !== undefined && { instance }),
    code: error.code,
    retryable,
    ...(placed && { errors: [error.place] }),
  };
}
