/** The health score: bounded, explained by its parts, never raised by bad news, never lowered by good news. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { countHealth, type HealthCounts, healthOf } from '../src/index.ts';

const count = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1_000_000_000 }));

const anyCounts: fc.Arbitrary<HealthCounts> = fc.record({
  days: fc.integer({ min: 1, max: 3650 }),
  critical: count,
  errors: count,
  warnings: count,
  online: count,
  offline: count,
  alertsTriggered: count,
  alertsResolved: count,
  healthDegraded: count,
  healthRecovered: count,
  jobsFailed: count,
  jobsCompleted: count,
});

const none = countHealth(30, []);

test('a device of which nothing is told has 100, and every part takes nothing', () => {
  const { score, parts } = healthOf(none);

  expect(score).toBe(100);
  expect(Object.values(parts).map((part) => part.penalty)).toEqual([0, 0, 0, 0, 0, 0, 0]);
});

test('the score is 100 less the penalties, each within its bound, together at most 100', () => {
  fc.assert(
    fc.property(anyCounts, (counts) => {
      const { score, parts } = healthOf(counts);
      const all = Object.values(parts);
      const lost = all.reduce((sum, part) => sum + part.penalty, 0);

      expect(score).toBeCloseTo(100 - lost, 6);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(all.reduce((sum, part) => sum + part.most, 0)).toBe(100);
      for (const part of all) {
        expect(part.penalty).toBeGreaterThanOrEqual(0);
        expect(part.penalty).toBeLessThanOrEqual(part.most);
      }
    }),
  );
});

test.each(['critical', 'errors', 'warnings', 'offline', 'alertsTriggered', 'healthDegraded', 'jobsFailed'] as const)(
  'more of %s never raises the score',
  (bad) => {
    fc.assert(
      fc.property(anyCounts, fc.integer({ min: 1, max: 1000 }), (counts, more) => {
        expect(healthOf({ ...counts, [bad]: counts[bad] + more }).score).toBeLessThanOrEqual(healthOf(counts).score);
      }),
    );
  },
);

test.each(['online', 'alertsResolved', 'healthRecovered', 'jobsCompleted'] as const)(
  'more of %s never lowers the score',
  (good) => {
    fc.assert(
      fc.property(anyCounts, fc.integer({ min: 1, max: 1000 }), (counts, more) => {
        expect(healthOf({ ...counts, [good]: counts[good] + more }).score).toBeGreaterThanOrEqual(
          healthOf(counts).score,
        );
      }),
    );
  },
);

test.each<[string, Partial<HealthCounts>, number]>([
  ['three critical events in thirty days', { critical: 3 }, 87.5],
  ['an error a day', { errors: 30 }, 87.5],
  ['ten warnings a day', { warnings: 300 }, 95],
  ['a device that went offline once a day and came back', { offline: 30, online: 30 }, 95],
  ['a device that went offline and did not come back', { offline: 1 }, 89.68],
  ['one open alert', { alertsTriggered: 1 }, 95],
  ['an alert that was resolved', { alertsTriggered: 1, alertsResolved: 1 }, 100],
  ['a degradation that recovered', { healthDegraded: 2, healthRecovered: 2 }, 100],
  ['one job that failed, and none that completed', { jobsFailed: 1 }, 95],
  ['one failed job of hundred', { jobsFailed: 1, jobsCompleted: 99 }, 99.9],
])('%s: as the guide says', (_what, counts, score) => {
  expect(healthOf({ ...none, ...counts }).score).toBe(score);
});

test('an event counts by its severity and by its type, whatever its name is like', () => {
  const counts = countHealth(7, [
    { eventType: 'job.timeout', severity: 'error', count: 2 },
    { eventType: 'job.failed', severity: 'critical', count: 1 },
    { eventType: 'device.offline', severity: 'warning', count: 4 },
    { eventType: 'toString', severity: 'info', count: 5 },
  ]);

  expect(counts).toEqual({ ...none, days: 7, critical: 1, errors: 2, warnings: 4, offline: 4, jobsFailed: 3 });
});
