/** The health score of a device: 100 less one bounded penalty a part, from counts alone. docs/guide/health.md explains it. */
import type { Severity } from './word.ts';

/** What a window of days held. `telltale.health_score` takes the same numbers in SQL and answers the same. */
export interface HealthCounts {
  /** Length of the window, at least 1. Not the days on which something happened: there, one more error on a quiet day would raise the score. */
  readonly days: number;
  readonly critical: number;
  readonly errors: number;
  readonly warnings: number;
  readonly online: number;
  readonly offline: number;
  readonly alertsTriggered: number;
  readonly alertsResolved: number;
  readonly healthDegraded: number;
  readonly healthRecovered: number;
  readonly jobsFailed: number;
  readonly jobsCompleted: number;
}

/** One part of the score: what was found, in the part's own unit, and what it takes away, at most `most`. */
export interface HealthPart {
  readonly value: number;
  readonly penalty: number;
  readonly most: number;
}

export interface Health {
  /** 0 to 100, two decimals. 100 is a device of which nothing bad was told. */
  readonly score: number;
  readonly parts: {
    /** Critical events a day; half the penalty at one in ten days. */
    readonly critical: HealthPart;
    /** Events of severity error a day; half at 1. */
    readonly errors: HealthPart;
    /** Warnings a day; half at 10. */
    readonly warnings: HealthPart;
    /** Times it went offline a day; half at 1. */
    readonly outages: HealthPart;
    /** 1 when it went offline more often than it came back. */
    readonly offline: HealthPart;
    /** Alerts that nothing resolved and degradations that nothing recovered; half at 1. */
    readonly open: HealthPart;
    /** Failed jobs as a share of those that ended; one job alone is half believed. */
    readonly jobs: HealthPart;
  };
}

/** What each part may take away, in hundredths; together 100 points, so that the score needs no clamp. */
const most = { critical: 2500, errors: 2500, warnings: 1000, outages: 1000, offline: 1000, open: 1000, jobs: 1000 };

/** A penalty in whole hundredths: sums of them are exact, in JavaScript and in SQL alike. */
function part(value: number, half: number, hundredths: number): HealthPart {
  const penalty = Math.floor((hundredths * value) / (value + half) + 0.5);
  return { value, penalty: penalty / 100, most: hundredths / 100 };
}

/** Bad news never raises the score, good news never lowers it. */
export function healthOf(counts: HealthCounts): Health {
  const days = Math.max(counts.days, 1);
  const open =
    Math.max(0, counts.alertsTriggered - counts.alertsResolved) +
    Math.max(0, counts.healthDegraded - counts.healthRecovered);
  const isOffline = counts.offline > counts.online ? 1 : 0;
  const parts = {
    critical: part(counts.critical / days, 0.1, most.critical),
    errors: part(counts.errors / days, 1, most.errors),
    warnings: part(counts.warnings / days, 10, most.warnings),
    outages: part(counts.offline / days, 1, most.outages),
    offline: { value: isOffline, penalty: isOffline * (most.offline / 100), most: most.offline / 100 },
    open: part(open, 1, most.open),
    jobs: jobsPart(counts.jobsFailed, counts.jobsCompleted),
  };
  const lost = Object.values(parts).reduce((sum, { penalty }) => sum + Math.round(penalty * 100), 0);
  return { score: (10_000 - lost) / 100, parts };
}

function jobsPart(failed: number, completed: number): HealthPart {
  const penalty = Math.floor((most.jobs * failed) / (failed + completed + 1) + 0.5) / 100;
  const ended = failed + completed;
  return { value: ended === 0 ? 0 : failed / ended, penalty, most: most.jobs / 100 };
}

/** Which count an event type adds to, beside that of its severity. */
const countOfType: Readonly<Record<string, keyof HealthCounts>> = {
  'device.online': 'online',
  'device.offline': 'offline',
  'device.alert_triggered': 'alertsTriggered',
  'device.alert_resolved': 'alertsResolved',
  'device.health_degraded': 'healthDegraded',
  'device.health_recovered': 'healthRecovered',
  'job.failed': 'jobsFailed',
  'job.timeout': 'jobsFailed',
  'job.completed': 'jobsCompleted',
};

const countOfSeverity: Readonly<Partial<Record<Severity, keyof HealthCounts>>> = {
  critical: 'critical',
  error: 'errors',
  warning: 'warnings',
};

/** Sums counts by type and severity into those that the score goes by. */
export function countHealth(
  days: number,
  events: Iterable<{ readonly eventType: string; readonly severity: Severity; readonly count: number }>,
): HealthCounts {
  const counts: Record<keyof HealthCounts, number> = {
    days,
    critical: 0,
    errors: 0,
    warnings: 0,
    online: 0,
    offline: 0,
    alertsTriggered: 0,
    alertsResolved: 0,
    healthDegraded: 0,
    healthRecovered: 0,
    jobsFailed: 0,
    jobsCompleted: 0,
  };
  for (const { eventType, severity, count } of events) {
    const bySeverity = countOfSeverity[severity];
    if (bySeverity !== undefined) counts[bySeverity] += count;
    const byType = Object.hasOwn(countOfType, eventType) ? countOfType[eventType] : undefined;
    if (byType !== undefined) counts[byType] += count;
  }
  return counts;
}
