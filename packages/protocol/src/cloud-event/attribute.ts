/** Which attribute of a CloudEvent says what of the envelope, for both directions. */
import { type ActorType, type Severity, TelltaleError } from '@telltale/catalogue';

/** `authtype` of each actor; the words of the CloudEvents extension, and `device`. */
export const authTypes: Readonly<Record<ActorType, string>> = {
  user: 'app_user',
  device: 'device',
  system: 'system',
  api: 'api_key',
  scheduled_job: 'service_account',
};

export const actorTypeOf: ReadonlyMap<unknown, ActorType> = new Map(
  (Object.entries(authTypes) as [ActorType, string][]).map(([actor, auth]) => [auth, actor]),
);

/** `severitynumber` of each severity, as OpenTelemetry counts. */
export const severityNumbers: Readonly<Record<Severity, number>> = {
  debug: 5,
  info: 9,
  warning: 13,
  error: 17,
  critical: 18,
};

/** The severity of an OpenTelemetry number, 1 to 24: 17 alone is error, what is beyond it critical. */
export function severityOf(number: number): Severity | undefined {
  if (!(number >= 1 && number <= 24)) return undefined;
  if (number > 17) return 'critical';
  if (number === 17) return 'error';
  if (number >= 13) return 'warning';
  return number >= 9 ? 'info' : 'debug';
}

/** Where a CloudEvent's own words are kept that the envelope has no field for, so that they come out again. */
export const keptUnder = 'cloudevent';

export const schemaUrn = 'urn:telltale:event-type:';

/** `/svc/<service>/<instance>`, each percent-encoded. */
export const serviceSource = /^\/svc\/([^/]+)(?:\/([^/]+))?$/;

/** What an attribute may be called. */
export const attributeName = /^[a-z0-9]+$/;

export function refuseAttribute(pointer: string, expected: string, found: unknown): TelltaleError {
  const shown = String(found).slice(0, 60);
  return new TelltaleError('InvalidEvent', `${pointer}: expected ${expected} (found: ${shown})`, {
    pointer,
    expected,
    found: shown,
  });
}
