/** An event as one line: when, how grave, what, in words, where. */
import { type Event, findEventType, type Severity, summarize } from '@telltale/catalogue';
import { colours } from './colour.ts';

const marks: Record<Severity, string> = {
  debug: 'debug',
  info: 'info ',
  warning: 'WARN ',
  error: 'ERROR',
  critical: 'CRIT ',
};

const paints: Record<Severity, (text: string) => string> = {
  debug: colours.dim,
  info: String,
  warning: colours.yellow,
  error: colours.red,
  critical: (text) => colours.inverse(colours.red(text)),
};

export const paintSeverity = (severity: Severity, text: string): string => paints[severity](text);

/** Summary templates of types that were registered at run time, by name. */
export type Summaries = ReadonlyMap<string, string>;

/** What the event says, in words. */
function wordsOf(event: Event, summaries: Summaries = new Map()): string {
  const summary = findEventType(event.event_type)?.summary ?? summaries.get(event.event_type);
  return summary === undefined ? JSON.stringify(event.data) : summarize({ summary }, event.data);
}

const two = (value: number): string => String(value).padStart(2, '0');

/** The local day and time of a timestamp, as people at a terminal compare it with their clock. */
function localTime(timestamp: string, withDay: boolean): string {
  const date = new Date(timestamp);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withDay ? `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}` : time;
}

/** Columns from which a line of usual length holds a whole UUID beside the words. */
const roomForUuid = 120;

/**
 * A line of `tail`. For a terminal (`columns` wide) the day is left out when it is today, and a narrow one gets the
 * first digits of a UUID only; a pipe gets everything.
 */
export function lineOf(event: Event, summaries: Summaries, columns?: number): string {
  const isToday = new Date(event.timestamp).toDateString() === new Date().toDateString();
  const device = event.device_uuid ?? `${event.aggregate_type} ${event.aggregate_id}`;
  const isNarrow = columns !== undefined && columns < roomForUuid && event.device_uuid !== null;
  const paint = (text: string): string => paintSeverity(event.severity, text);
  return [
    colours.dim(localTime(event.timestamp, columns === undefined || !isToday)),
    paint(marks[event.severity]),
    colours.cyan(event.event_type.padEnd(28)),
    paint(wordsOf(event, summaries)),
    colours.dim(isNarrow ? device.slice(0, 8) : device),
  ].join('  ');
}

/** A short line for the live view; `name` is what people call the device. */
export function troubleLine(event: Event, name: string): string {
  return [
    colours.dim(localTime(event.timestamp, false)),
    paintSeverity(event.severity, marks[event.severity]),
    colours.cyan(name),
    wordsOf(event),
  ].join(' ');
}
