/** `telltale token`: a bearer token for a server that has this secret. */

import { defaultDirectory } from '@telltale/embedded';
import { type Role, roles } from '@telltale/protocol/action';
import { Command, Option } from 'commander';
import { findDatabase } from '../connection.ts';
import { examples, positiveNumber, uuid } from '../option.ts';
import { installSecret, readSecret, type SecretOptions, secretOptions } from '../secret.ts';
import { serverModule } from '../serving.ts';
import { print } from '../view/output.ts';

interface TokenCommandOptions extends SecretOptions {
  readonly subject: string;
  readonly role: Role[];
  readonly tenant?: string;
  readonly device?: string;
  readonly days: number;
  readonly issuer?: string;
  readonly audience?: string;
  readonly directory?: string;
}

const secondsOfDay = 86_400;

export function tokenCommand(): Command {
  const command = new Command('token')
    .description('Make a bearer token for `telltale serve`, or for a running `telltale start`.')
    .option('--subject <id>', 'whom it is for', 'operator')
    .addOption(new Option('--role <role...>', 'what it may do').choices(roles).default(['viewer']))
    .option('--tenant <id>', 'the tenant that it is confined to; `*` with role admin for all')
    .option('--device <uuid>', 'with role device: the device that it is', uuid)
    .option('--days <number>', 'days until it expires', positiveNumber, 1)
    .option('--issuer <text>', 'issuer, if the server asks for one')
    .option('--audience <text>', 'audience, if the server asks for one')
    .option(
      '--directory <path>',
      `data folder of \`telltale start\` (default: ${defaultDirectory()}, or TELLTALE_HOME)`,
    );
  for (const option of secretOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      examples(
        ['telltale token --role admin', 'for a running `telltale start`'],
        ['telltale token --secret-file telltale.secret --role viewer --tenant acme', 'for `telltale serve`'],
        ['telltale token --role device --device 0192f0c1-7a52-7c3e-9b1a-2f6d0f3c8e11', 'for a device to publish with'],
      ),
    )
    .action((options: TokenCommandOptions) => run(options));
}

async function run(options: TokenCommandOptions): Promise<void> {
  const { issueToken } = await serverModule();
  const { subject, role, tenant, device, days, issuer, audience } = options;
  print(
    await issueToken(
      secretOf(options),
      { subject, roles: role, tenant: tenant ?? null, device: device ?? null },
      {
        seconds: Math.round(days * secondsOfDay),
        ...(issuer !== undefined && { issuer }),
        ...(audience !== undefined && { audience }),
      },
    ),
  );
}

/** The secret that is given, or that of the install that runs here. */
function secretOf(options: TokenCommandOptions): string {
  if (options.secret !== undefined || options.secretFile !== undefined) return readSecret(options);
  const { directory } = options;
  findDatabase(directory === undefined ? {} : { directory });
  return installSecret(directory ?? defaultDirectory());
}
