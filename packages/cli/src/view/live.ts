/** The live view of `telltale start`: a screen for a terminal, a line now and then for everything else. */
import type { Event } from '@telltale/catalogue';
import { colours } from './colour.ts';
import { troubleLine } from './line.ts';
import { count, duration } from './number.ts';
import { cut, padVisible, visibleLength } from './table.ts';
import type { Tally } from './tally.ts';

/** What does not change while it runs. */
export interface Setting {
  /** Server and place, e.g. `PostgreSQL 18.4 at 127.0.0.1:5433`. */
  readonly place: string;
  readonly data: string | undefined;
  /** Commands to try next, each with what it does. */
  readonly hints: readonly { readonly what: string; readonly command: string }[];
  readonly preface: string | undefined;
  /** Where the HTTP API listens and is described; undefined without one. */
  readonly server?: string | undefined;
}

export interface Moment {
  readonly now: number;
  readonly startedAt: number;
  readonly tally: Tally;
  /** Undefined when there is no simulated fleet. */
  readonly fleet:
    | { readonly online: number; readonly devices: number; nameOf(uuid: string): string | undefined }
    | undefined;
  /** What is wrong right now. */
  readonly trouble: string | undefined;
}

const bars = '▁▂▃▄▅▆▇█';
/** The lines of one frame. */
export function frame(setting: Setting, moment: Moment, columns: number, rows: number): string[] {
  const foot = footOf(setting, columns, rows);
  const head = headOf(setting, moment, columns);
  const room = Math.max(4, rows - head.length - foot.length - 1);
  const body = columns >= 110 ? sideBySide(moment, room) : stacked(moment, room);
  return [...head, ...body, '', ...foot].map((line) => cut(line, columns));
}

function headOf(setting: Setting, { now, startedAt, tally, fleet, trouble }: Moment, columns: number): string[] {
  const where = [setting.data, setting.server].filter((part) => part !== undefined);
  const title = [` ${colours.bold('telltale')}`, setting.place, ...where.map((part) => colours.dim(part))].join('  ');
  const facts = [
    `${colours.bold(`${count(tally.rate(now))} events/s`)} ${chart(tally.history(now))}`,
    `${colours.bold(count(tally.total))} events in ${duration(now - startedAt)}`,
    headsOf(tally),
    ...(fleet === undefined ? [] : [`${colours.bold(String(fleet.online))} of ${fleet.devices} devices online`]),
  ];
  const whole = facts.join('   ');
  const lines = visibleLength(whole) < columns ? [whole] : [facts.slice(0, 2).join('   '), facts.slice(2).join('   ')];
  return [title, '', ...lines.map((line) => ` ${line}`), trouble === undefined ? '' : colours.red(` ${trouble}`)];
}

/** The live logs; the logs of imports do not move. */
function headsOf(tally: Tally): string {
  const heads = [...tally.heads].sort(([one], [other]) => one - other).slice(0, 3);
  if (heads.length === 0) return 'nothing recorded yet';
  return heads.map(([log, position]) => `log ${log} at ${count(position)}`).join(', ');
}

function chart(history: readonly number[]): string {
  const top = Math.max(1, ...history);
  return colours.green(history.map((value) => bars[Math.ceil((value / top) * (bars.length - 1))]).join(''));
}

const typeWidth = 44;

function typeLines({ tally }: Moment, rows: number): string[] {
  const types = tally.types();
  const shown = types.length > rows ? types.slice(0, rows - 1) : types;
  const lines = shown.map(([name, value]) => ` ${name.padEnd(32)}${count(value).padStart(10)}`);
  const rest = types.slice(shown.length);
  if (rest.length === 0) return lines;
  const sum = rest.reduce((total, [, value]) => total + value, 0);
  return [...lines, colours.dim(` ${`and ${rest.length} more types`.padEnd(32)}${count(sum).padStart(10)}`)];
}

function troubleLines({ tally, fleet }: Moment, rows: number): string[] {
  const events = tally.troubles.slice(-rows).reverse();
  if (events.length === 0) return [colours.dim('none so far')];
  return events.map((event) => troubleLine(event, nameOf(event, fleet)));
}

function nameOf(event: Event, fleet: Moment['fleet']): string {
  if (event.device_uuid === null) return `${event.aggregate_type} ${event.aggregate_id}`;
  return fleet?.nameOf(event.device_uuid) ?? event.device_uuid.slice(0, 8);
}

function sideBySide(moment: Moment, room: number): string[] {
  const left = typeLines(moment, room - 1);
  const right = troubleLines(moment, room - 1);
  const title = `${colours.bold(' Events by type'.padEnd(typeWidth))}  ${colours.bold('Latest warnings and errors')}`;
  const row = (index: number): string => `${padVisible(left[index] ?? '', typeWidth)}  ${right[index] ?? ''}`;
  return [title, ...Array.from({ length: room - 1 }, (_, index) => row(index))];
}

function stacked(moment: Moment, room: number): string[] {
  const above = Math.max(1, Math.floor((room - 3) / 2));
  const below = Math.max(1, room - 3 - above);
  const types = typeLines(moment, above);
  const troubles = troubleLines(moment, below).map((line) => ` ${line}`);
  return [colours.bold(' Events by type'), ...types, '', colours.bold(' Latest warnings and errors'), ...troubles];
}

/** A small terminal keeps its rows for what happens. */
const rowsForAllHints = 30;

function footOf({ hints, preface }: Setting, columns: number, rows: number): string[] {
  const width = Math.max(...hints.map(({ what }) => what.length));
  // Half a command is of no use to anybody: what does not fit with its description goes without, or not at all.
  const lines = hints.flatMap(({ what, command }) => {
    if (command.length + 3 > columns) return [];
    const note = command.length + width + 5 > columns ? '' : `${colours.dim(what.padEnd(width))}  `;
    return [`   ${note}${colours.cyan(command)}`];
  });
  return [
    colours.bold(' Try next, in another terminal:'),
    ...(preface === undefined ? [] : [`   ${preface}`]),
    ...lines.slice(0, rows < rowsForAllHints ? 4 : undefined),
    colours.dim(' Ctrl-C stops everything; the data stay for the next start.'),
  ];
}

/** The line that stands for the screen where there is none. */
export function plainLine({ now, startedAt, tally, fleet, trouble }: Moment): string {
  return [
    `${duration(now - startedAt)}: ${count(tally.total)} events`,
    `${count(tally.rate(now))} events/s`,
    headsOf(tally),
    ...(fleet === undefined ? [] : [`${fleet.online} of ${fleet.devices} devices online`]),
    ...(trouble === undefined ? [] : [trouble]),
  ].join(', ');
}
