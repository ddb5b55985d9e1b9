/** Container networks of the apps on a device. */
import { Type } from 'typebox';
import { eventType } from '../event-type.ts';
import { anyOf, ipAddress, labels, name, open, text } from '../field.ts';

const network = {
  network_name: Type.Optional(name),
  network_id: Type.Optional(name),
  app_name: Type.Optional(name),
  driver: Type.Optional(name),
};
const container = { container_id: Type.Optional(name), container_name: Type.Optional(name) };
const identified = anyOf('network_name', 'network_id');
const at = '/networks/{network_name|network_id}';
const member = `${at}/connected/{container_name|container_id}`;

export const networks = [
  eventType({
    name: 'network.created',
    aggregate: 'network',
    description: 'A container network was created.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open(
      {
        ...network,
        subnet: Type.Optional(Type.String({ pattern: '^[0-9A-Fa-f.:]+/[0-9]{1,3}$' })),
        gateway: Type.Optional(ipAddress),
        labels: Type.Optional(labels),
      },
      identified,
    ),
    personal: ['/gateway'],
    summary: 'Network {network_name|network_id} created',
    icon: 'network',
    state: [
      { op: 'set', path: at, from: '' },
      { op: 'set', path: `${at}/created_at`, from: '$timestamp' },
    ],
    valid: [{ network_name: 'front', driver: 'bridge', subnet: '172.18.0.0/16' }, { network_id: 'n-17' }],
    invalid: [
      { data: { driver: 'bridge' }, pointer: '' },
      { data: { network_name: 'front', subnet: '172.18.0.0' }, pointer: '/subnet' },
    ],
  }),
  eventType({
    name: 'network.removed',
    aggregate: 'network',
    description: 'A container network was removed.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...network, reason: Type.Optional(text) }, identified),
    summary: 'Network {network_name|network_id} removed[: {reason}]',
    icon: 'network-off',
    state: [{ op: 'remove', path: at }],
    valid: [{ network_name: 'front' }, { network_id: 'n-17', reason: 'app removed' }],
    invalid: [
      { data: {}, pointer: '' },
      { data: { network_name: 'front', reason: '' }, pointer: '/reason' },
    ],
  }),
  eventType({
    name: 'network.connected',
    aggregate: 'network',
    description: 'A container joined a network.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open(
      { ...network, ...container, ip_address: Type.Optional(ipAddress), aliases: Type.Optional(Type.Array(name)) },
      identified,
    ),
    personal: ['/ip_address'],
    summary: 'Network {network_name|network_id} connected[ to {container_name|container_id}]',
    icon: 'plug-connected',
    state: [
      { op: 'set', path: member, value: {} },
      { op: 'set', path: `${member}/ip_address`, from: '/ip_address' },
    ],
    valid: [
      { network_name: 'front', container_name: 'web', ip_address: '172.18.0.4', aliases: ['web'] },
      { network_id: 'n-17', container_id: '8f3c2a' },
    ],
    invalid: [
      { data: { container_name: 'web' }, pointer: '' },
      { data: { network_name: 'front', ip_address: 'web' }, pointer: '/ip_address' },
    ],
  }),
  eventType({
    name: 'network.disconnected',
    aggregate: 'network',
    description: 'A container left a network.',
    category: 'operation',
    severity: 'info',
    tier: 'standard',
    days: 90,
    schema: open({ ...network, ...container, reason: Type.Optional(text) }, identified),
    summary: 'Network {network_name|network_id} disconnected[ from {container_name|container_id}]',
    icon: 'plug-connected-x',
    state: [{ op: 'remove', path: member }],
    valid: [
      { network_name: 'front', container_name: 'web' },
      { network_id: 'n-17', reason: 'container stopped' },
    ],
    invalid: [
      { data: { container_name: 'web' }, pointer: '' },
      { data: { network_id: null }, pointer: '/network_id' },
    ],
  }),
] as const;
