/** CloudEvents in HTTP's binary mode: attributes as `ce-` headers, the data as the body. */

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export const isBinary = (headers: Headers): boolean => headers['ce-specversion'] !== undefined;

/** The CloudEvent of a request. The type of the data is that of the body, never a header of its own. */
export function readBinary(headers: Headers, data: unknown): Record<string, unknown> {
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-') && name !== 'ce-datacontenttype')
    .map(([name, value]) => [name.slice(3), decodeHeader(String(value))]);
  const type = headers['content-type'];
  return {
    ...Object.fromEntries(attributes),
    ...(type !== undefined && { datacontenttype: type }),
    ...(data !== undefined && data !== null && { data }),
  };
}

/** Takes quotes off, then percent-encoding; what is no UTF-8 stays as it is (HTTP binding 1.0.2, 3.1.3.2). */
function decodeHeader(value: string): string {
  const quoted = /^"(.*)"$/s.exec(value)?.[1];
  const text = quoted === undefined ? value : quoted.replaceAll(/\\(.)/gs, '$1');
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
