/** What messages say: words that every second one has, words of one in hundreds, and words of a few among millions. */
import type { Draw } from '../../packages/cli/src/fleet/draw.ts';

export const frequentWords = [
  'timeout',
  'connection',
  'agent',
  'service',
  'restart',
  'memory',
  'disk',
  'network',
] as const;
const fillers = ['the', 'after', 'while', 'waiting', 'failed', 'reached', 'limit', 'again', 'answer', 'from'] as const;
const stems = [
  'valve',
  'spindle',
  'coolant',
  'firmware',
  'checksum',
  'gasket',
  'bearing',
  'conveyor',
  'actuator',
  'relay',
];
const parts = ['inlet', 'outlet', 'upper', 'lower', 'left', 'right', 'primary', 'spare', 'north', 'south'];
/** A hundred words, each in about one message of 250. */
export const mediumWords = stems.flatMap((stem) => parts.map((part) => `${part}${stem}`));
/** Fault codes there are: at 10 M events each stands in about 25. */
const faultCodes = 10_000;

const faultCode = (number: number): string => `fault${String(number).padStart(5, 'x')}`;

export function rareWord(draw: Draw): string {
  return faultCode(draw.integer(1, faultCodes));
}

/** Eight to twelve words. */
export function message(draw: Draw): string {
  const words = [draw.pick(frequentWords), draw.pick(fillers), draw.pick(frequentWords)];
  const said: string[] = [...words];
  for (let left = draw.integer(3, 7); left > 0; left -= 1) said.push(draw.pick(fillers));
  if (draw.chance(0.4)) said.push(draw.pick(mediumWords));
  if (draw.chance(0.25)) said.push(rareWord(draw));
  return said.join(' ');
}
