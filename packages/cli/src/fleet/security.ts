/** Checks of devices, their credentials, and who may get at them. */
import { api, type Device, operators, schedule, scheduler } from './cast.ts';
import type { Story, World } from './world.ts';

const findings = [
  {
    id: 'CVE-2024-3094',
    severity: 'critical',
    package: 'xz-utils',
    installed_version: '5.6.0',
    fixed_version: '5.6.2',
  },
  { id: 'CVE-2023-38545', severity: 'high', package: 'curl', installed_version: '8.3.0', fixed_version: '8.4.0' },
  { id: 'CVE-2024-6387', severity: 'high', package: 'openssh', installed_version: '9.6p1', fixed_version: '9.8p1' },
] as const;

/** The nightly scan; what it finds makes the compliance check behind it fail. */
export function* scan(world: World, device: Device): Story {
  if (!device.online) return;
  const { draw } = world;
  const found = draw.chance(0.12) ? [draw.pick(findings)] : [];
  const passed = found.length === 0;
  const by = { actor: schedule('nightly-scan'), source: scheduler };
  const counts = {
    critical_count: found.filter(({ severity }) => severity === 'critical').length,
    high_count: found.filter(({ severity }) => severity === 'high').length,
    medium_count: draw.integer(0, 4),
  };
  const scanned = world.begin(
    device,
    'device.security_scan',
    {
      scanner: 'trivy',
      scan_id: draw.hex(12),
      passed,
      ...counts,
      ...(!passed && { findings: found }),
      duration_ms: draw.integer(4000, 40_000),
    },
    passed ? by : { ...by, severity: 'warning' },
  );
  yield draw.around(3);
  if (!device.online) return;
  const violations = passed ? [] : [{ rule: 'no-known-cve', message: found[0]?.id ?? '', severity: 'high' }];
  world.tell(
    device,
    'device.compliance_check',
    { policy: 'fleet-baseline', policy_version: '7', passed, score: passed ? 100 : 82.5, violations },
    {
      ...by,
      cause: scanned,
      outcome: passed ? 'success' : 'failure',
      ...(!passed && { severity: 'warning' as const }),
    },
  );
}

export function rotateCredentials(world: World, device: Device): void {
  if (!device.online) return;
  const credential_type = world.draw.pick(['certificate', 'mqtt', 'api_key'] as const);
  world.tell(
    device,
    'device.credentials_rotated',
    { credential_type, fingerprint: `SHA256:${world.draw.hex(16)}`, reason: 'scheduled' },
    { actor: schedule('rotation'), source: scheduler, outcome: 'success' },
  );
}

/** A contractor gets access for an hour or so, and loses it again. */
export function* lendAccess(world: World, device: Device): Story {
  const actor = world.draw.pick(operators);
  const grantee = {
    grantee_type: 'user',
    grantee_id: `contractor-${world.draw.integer(1, 40)}`,
    role: 'maintainer',
  } as const;
  const request = { id: world.draw.uuid(), method: 'PUT', path: `/v1/devices/${device.uuid}/access` };
  const granted = world.begin(
    device,
    'device.access_granted',
    { ...grantee, reason: 'field service' },
    { actor, source: api, request },
  );
  yield world.draw.around(200);
  world.tell(
    device,
    'device.access_revoked',
    { ...grantee, reason: 'field service ended' },
    { actor, source: api, cause: granted },
  );
}
