/** The guide's table of roles is the table that the server goes by. */
import { readFileSync } from 'node:fs';
import { type Action, actions, isAllowed, roles } from '@telltale/protocol';
import { expect, test } from 'vitest';

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

test('the guide says of every action which role may do it', () => {
  const guide = readFileSync(new URL('../../../../docs/guide/identity.md', import.meta.url), 'utf8');
  const table = /<!-- roles -->\n(.*)<!-- \/roles -->/s.exec(guide)?.[1];
  const names = Object.keys(actions) as Action[];

  expect(table).toBe(
    row(['action', ...roles]) +
      row(['action', ...roles].map(() => '---')) +
      names
        .map((action) => row([`\`${action}\``, ...roles.map((role) => (isAllowed([role], action) ? 'yes' : ''))]))
        .join(''),
  );
});
