/** `telltale serve`: the HTTP API and the live streams, alone, on a database of the user's. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { TelltaleError } from '@telltale/catalogue';
import type { IdentityOptions, ServerConfig } from '@telltale/server';
import { migrate } from '@telltale/store';
import { Command, Option } from 'commander';
import {
  applicationRole,
  canPlayApplication,
  type DatabaseOptions,
  findDatabase,
  openStore,
  showAddress,
  withDatabase,
} from '../connection.ts';
import { CommandFailure } from '../failure.ts';
import { onInterrupt } from '../interrupt.ts';
import { programName } from '../invocation.ts';
import { examples, wholeNumber } from '../option.ts';
import { readSecret, type SecretOptions, secretOptions } from '../secret.ts';
import { defaultPort, listen, serverModule } from '../serving.ts';
import { print } from '../view/output.ts';

interface ServeOptions extends DatabaseOptions, SecretOptions {
  readonly host: string;
  readonly port: number;
  readonly jwks?: string;
  readonly issuer?: string;
  readonly audience?: string;
  readonly singleTenant?: true;
  readonly migrate?: true;
  readonly log?: string;
  readonly config?: string;
}

export function serveCommand(): Command {
  const command = withDatabase(new Command('serve'))
    .description('Serve the HTTP API and live streams of a database.')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 for any', wholeNumber(0, 65_535), defaultPort)
    .option('--jwks <url>', 'keys that tokens are signed with (RS256, ES256, EdDSA); default: HS256 with the secret')
    .option('--issuer <text>', 'issuer that tokens must have')
    .option('--audience <text>', 'audience that tokens must have')
    .option('--single-tenant', 'let tokens without a tenant see everything')
    .option('--config <path>', 'JSON file of limits and other options, as the guide lists them; flags stand above it')
    .option('--migrate', 'bring the schema up first, as the user of the address')
    .addOption(
      new Option(
        '--log <level>',
        'write a line a request (from info on) and errors to standard error, as JSON',
      ).choices(['debug', 'info', 'warn', 'error']),
    );
  for (const option of secretOptions()) command.addOption(option);
  return command
    .addHelpText(
      'after',
      examples(
        ['telltale serve --secret-file telltale.secret', 'the database of a running `telltale start`, or DATABASE_URL'],
        ['telltale serve --port 80 --host 0.0.0.0 --log warn', 'to everybody, with TELLTALE_SECRET set'],
        ['telltale serve --config serve.json', 'with limits of your own: {"limits": {"requestsPerMinute": 600}}'],
        ['telltale serve --jwks https://id.example/jwks.json --audience telltale', 'tokens of your own issuer'],
      ),
    )
    .action((options: ServeOptions) => run(options));
}

function identityOf({ jwks, issuer, audience, singleTenant }: ServeOptions): IdentityOptions {
  return {
    ...(jwks !== undefined && { jwks }),
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(singleTenant !== undefined && { singleTenant }),
  };
}

/** @throws CommandFailure with the place in the file of what it should not say. */
async function readConfigFile(path: string | undefined): Promise<ServerConfig> {
  if (path === undefined) return {};
  const text = readFileSync(path, 'utf8');
  const { readConfig } = await serverModule();
  try {
    return readConfig(JSON.parse(text));
  } catch (error) {
    if (error instanceof TelltaleError) throw new CommandFailure(`${path}: ${error.message}`);
    throw new CommandFailure(`${path}: expected JSON (found: ${(error as Error).message})`);
  }
}

async function run(options: ServeOptions): Promise<void> {
  const interrupt = onInterrupt();
  const secret = readSecret(options);
  const { store: bounds, ...config } = await readConfigFile(options.config);
  const address = findDatabase(options);
  if (options.migrate) await migrate(address.url);
  const role = (await canPlayApplication(address.url)) ? { role: applicationRole } : {};
  const store = openStore(address, { worker: true, applicationName: 'telltale serve', ...role, ...bounds });
  try {
    const log = options.log === undefined ? {} : { log: { level: options.log, stream: process.stderr } };
    const identity = { ...config.identity, ...identityOf(options) };
    const server = await listen({ ...config, store, secret, identity, ...log }, options);
    print(`Serving ${showAddress(address.url)} at ${server.url}; the API is described at ${server.url}/docs.`);
    print(`A token: ${programName()} token --role viewer --tenant <tenant>   (with the same secret). Ctrl-C stops.`);
    if (!interrupt.aborted) await once(interrupt, 'abort');
    await server.close();
  } finally {
    await store.close();
  }
}
