/** Which events have data of an older schema version, and which filters ask about data. */
import type { Filter } from '@telltale/catalogue';
import type { Registry } from '../catalogue/registry.ts';

/** Numbers of versions are below it, so that type and version make one number. */
export const versionsOfType = 65_536;

/** `type_id * versionsOfType + schema_version` of everything that this process brings up when it reads. */
export function outdatedVersions(registry: Registry): number[] {
  return registry.names().flatMap((name) => {
    const type = registry.find(name);
    return (type?.upcasts ?? []).map(({ version }) => (type?.id ?? 0) * versionsOfType + version);
  });
}

/** Whether the answer hangs on what is in the data, or on its version. */
export function readsData(tree: Filter): boolean {
  switch (tree.kind) {
    case 'and':
    case 'or':
      return tree.parts.some(readsData);
    case 'not':
      return readsData(tree.part);
    case 'text':
      return true;
    default:
      return tree.field.name === 'data' || tree.field.name === 'version';
  }
}
