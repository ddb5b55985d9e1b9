/** The benchmark's load is what the catalogue allows, the same on every machine, and as long as it says. */
import { catalogue } from '@telltale/catalogue';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { benchEvents } from '../../bench/event.ts';

const events = benchEvents(5_000, 7);

test('every event of the load fits the schema of its type', () => {
  const ajv = new Ajv2020({ strictTypes: false });
  addFormats.default(ajv);
  const validators = new Map<string, ValidateFunction>(
    catalogue.map(({ name, schema }) => [name, ajv.compile(schema)]),
  );

  const refused = events.filter(({ event_type, data }) => !validators.get(event_type)?.(data));

  expect(refused).toEqual([]);
});

test('the same seed makes the same load, another seed another one', () => {
  expect(benchEvents(500, 7)).toEqual(events.slice(0, 500));
  expect(benchEvents(500, 8)).not.toEqual(events.slice(0, 500));
});

test('an event with its id takes about 600 bytes of canonical JSON', () => {
  const event_id = '019c2f6e-8a51-7c33-9d10-0f4f2b7f6a11';

  // Canonical JSON orders the keys otherwise and is as long.
  const bytes = events.map((event) => Buffer.byteLength(JSON.stringify({ ...event, event_id })));

  const mean = bytes.reduce((sum, size) => sum + size, 0) / bytes.length;
  expect(mean).toBeGreaterThan(570);
  expect(mean).toBeLessThan(640);
});

test('a batch of 1,000 mixes hundreds of devices and is mostly telemetry', () => {
  const batch = events.slice(0, 1_000);

  const devices = new Set(batch.map(({ device_uuid }) => device_uuid));
  const heartbeats = batch.filter(({ event_type }) => event_type === 'device.heartbeat');
  expect(devices.size).toBeGreaterThan(500);
  expect(heartbeats.length).toBeGreaterThan(250);
});
