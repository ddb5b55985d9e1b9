/** Times of a filter as six-digit UTC text: the form of an event's times, in which text order is time order. */

const form = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;
const relative = /^-(\d{1,6})([smhdw])$/;
const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** RFC 3339 with an offset and up to six digits, or undefined for anything else, the 30th of February too. */
export function parseInstant(text: string): string | undefined {
  const part = form.exec(text);
  if (part === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', sign, zoneHour = '0', zoneMinute = '0'] = part;
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse takes the 30th of February for the 1st of March, and 24:00:00 for the next day.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(8, 13) !== `${day}T${hour}`) return undefined;
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined;
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === '-' ? -1 : 1);
  return sixDigits(local - offset * 60_000, fraction);
}

/** `-2h` before now: seconds, minutes, hours, days or weeks. */
export function parseRelative(text: string, now: Date): string | undefined {
  const part = relative.exec(text);
  if (part === null) return undefined;
  const past = Number(part[1]) * seconds[part[2] as keyof typeof seconds] * 1000;
  const millis = now.getTime() - past;
  const fraction = ((millis % 1000) + 1000) % 1000;
  return sixDigits(millis - fraction, String(fraction).padStart(3, '0'));
}

/** Years of four digits only: the text of others would no longer sort. */
function sixDigits(millis: number, fraction: string): string | undefined {
  const date = new Date(millis);
  const year = date.getUTCFullYear();
  if (Number.isNaN(year) || year < 1 || year > 9999) return undefined;
  return `${date.toISOString().slice(0, 19)}.${fraction.padEnd(6, '0')}Z`;
}
