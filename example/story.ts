/** Writes the story of one device for a terminal: in order of time, effects under their causes, repeats as one line. */
import { styleText } from 'node:util';
import type { Event, Severity } from '@telltale/catalogue';

export interface StoryOptions {
  /** What an event says, in a few words. */
  readonly describe: (event: Event) => string;
  /** Default false. */
  readonly coloured?: boolean;
}

const marks: Readonly<Record<Severity, string>> = { debug: '·', info: '○', warning: '▲', error: '✖', critical: '✖' };
const colours = { debug: 'gray', info: 'green', warning: 'yellow', error: 'red', critical: 'red' } as const;

interface Line {
  /** When, or how long after its cause. */
  readonly time: string;
  /** The branches of the tree before the event. */
  readonly branch: string;
  readonly event: Event;
  readonly note: string;
}

/** The lines of the story. The events must be all of one device, in order of time. */
export function tellStory(events: readonly Event[], { describe, coloured = false }: StoryOptions): string[] {
  const hourly = events.every((event) => event.timestamp.endsWith(':00.000000Z'));
  const width = (hourly ? 'YYYY-MM-DD hh:mm' : 'YYYY-MM-DD hh:mm:ss').length;
  const showTime = (event: Event): string => event.timestamp.slice(0, width).replace('T', ' ');
  const lines: string[] = [];
  const write = ({ time, branch, event, note }: Line): void => {
    const mark = coloured ? styleText(colours[event.severity], marks[event.severity]) : marks[event.severity];
    lines.push(`${time}  ${branch}${mark} ${describe(event)}${note}`);
  };
  let before: readonly Event[] = [];
  for (const group of gather(events, describe)) {
    const [first] = group as [Event, ...Event[]];
    const linked = isLinked(group);
    // Air around what belongs together, and none between events that stand alone.
    if (before.length > 0 && (linked || isLinked(before))) lines.push('');
    const together = !linked && !isLinked(before) && before[0]?.timestamp === first.timestamp;
    const time = together ? ' '.repeat(width) : showTime(first);
    if (linked) for (const line of growTree(group, width, showTime, hourly ? 'same hour' : 'at once')) write(line);
    else write({ time, branch: '', event: first, note: countRepeats(group, showTime) });
    before = group;
  }
  return lines;
}

/** Events of one incident, each incident where it begins; events that stand alone, repeats of one text together. */
function gather(events: readonly Event[], describe: StoryOptions['describe']): Event[][] {
  const groups: Event[][] = [];
  const incidents = new Map<string, Event[]>();
  for (const event of events) {
    const last = groups.at(-1);
    const incident = event.correlation_id === null ? undefined : incidents.get(event.correlation_id);
    if (incident !== undefined) incident.push(event);
    else if (event.correlation_id === null && last !== undefined && repeats(last, event, describe)) last.push(event);
    else {
      groups.push([event]);
      if (event.correlation_id !== null) incidents.set(event.correlation_id, groups.at(-1) as Event[]);
    }
  }
  return groups;
}

/** Further apart than this, in seconds, the same text is news again. */
const longestPause = 3600;

function repeats(group: readonly Event[], event: Event, describe: StoryOptions['describe']): boolean {
  const last = group.at(-1) as Event;
  return (
    last.correlation_id === null && secondsBetween(last, event) <= longestPause && describe(last) === describe(event)
  );
}

function isLinked(group: readonly Event[]): boolean {
  return group.length > 1 && group[0]?.correlation_id !== null;
}

function countRepeats(group: readonly Event[], showTime: (event: Event) => string): string {
  const [first, last] = [group[0] as Event, group.at(-1) as Event];
  if (first === last) return '';
  const until = showTime(last).slice(showTime(last).startsWith(showTime(first).slice(0, 10)) ? 11 : 0);
  const pause = showDuration(secondsBetween(first, last) / (group.length - 1));
  return `  (${group.length} times until ${until}, every ${pause} on average)`;
}

/** An incident as trees: every event under the one that caused it. */
function growTree(group: readonly Event[], width: number, showTime: (event: Event) => string, noDelay: string): Line[] {
  const effectsOf = (id: string): Event[] => group.filter((event) => event.causation_id === id);
  const lines: Line[] = [];
  const grow = (cause: Event, trunk: string): void => {
    const effects = effectsOf(cause.event_id);
    for (const [index, event] of effects.entries()) {
      const last = index === effects.length - 1;
      const time = (showDelay(cause, event) ?? noDelay).padStart(width);
      lines.push({ time, branch: `${trunk}${last ? '└─ ' : '├─ '}`, event, note: '' });
      grow(event, `${trunk}${last ? '   ' : '│  '}`);
    }
  };
  let shown = '';
  for (const root of findRoots(group)) {
    const time = showTime(root);
    lines.push({ time: time === shown ? ' '.repeat(width) : time, branch: '', event: root, note: '' });
    shown = time;
    grow(root, '');
  }
  return lines;
}

/** Events whose cause is not among them. At equal times those without effects come first, or they would seem to follow. */
function findRoots(group: readonly Event[]): Event[] {
  const ids = new Set(group.map((event) => event.event_id));
  const causes = new Set(group.map((event) => event.causation_id));
  return group
    .filter((event) => event.causation_id === null || !ids.has(event.causation_id))
    .sort(
      (one, other) =>
        Date.parse(one.timestamp) - Date.parse(other.timestamp) ||
        Number(causes.has(one.event_id)) - Number(causes.has(other.event_id)),
    );
}

/** `+24 h`; nothing when there is no delay. */
function showDelay(cause: Event, effect: Event): string | undefined {
  const seconds = secondsBetween(cause, effect);
  return seconds < 1 ? undefined : `+${showDuration(seconds)}`;
}

function secondsBetween(one: Event, other: Event): number {
  return (Date.parse(other.timestamp) - Date.parse(one.timestamp)) / 1000;
}

function showDuration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
