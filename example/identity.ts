/** Gives what a data set names in its own way a UUID: the same name gives the same UUID on every machine and run. */
import { uuidv5 } from '@telltale/store';

/** The URL namespace of RFC 9562. */
const urls = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');

/** UUIDv5 of names within one data set: `idOf('machine:99')`. */
export function identities(dataset: string): (name: string) => string {
  const namespace = Buffer.from(uuidv5(urls, `https://telltale.dev/example/${dataset}`).replaceAll('-', ''), 'hex');
  return (name) => uuidv5(namespace, name);
}
