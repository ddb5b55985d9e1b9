/** What the live view knows: counts by type, the rate, and the latest warnings. */
import { type Event, severities } from '@telltale/catalogue';

/** Seconds that the rate is taken over, and that the small chart shows. */
const window = 30;
const remembered = 50;
const warning = severities.indexOf('warning');

/** A metric that crosses its threshold for a moment is a warning too, and would crowd out everything else. */
function isTrouble({ severity, retention_tier: tier }: Event): boolean {
  return severities.indexOf(severity) >= warning && (tier !== 'debug' || severities.indexOf(severity) > warning);
}

export class Tally {
  readonly byType = new Map<string, number>();
  /** Newest last. */
  readonly troubles: Event[] = [];
  /** Log -> position of its newest event seen. */
  readonly heads = new Map<number, number>();
  total = 0;
  /** Events of each of the last seconds; the present one is `#second`. */
  readonly #seconds = new Map<number, number>();

  add(events: readonly Event[], now: number): void {
    this.total += events.length;
    const second = Math.floor(now / 1000);
    this.#seconds.set(second, (this.#seconds.get(second) ?? 0) + events.length);
    this.#seconds.delete(second - window - 1);
    for (const event of events) {
      this.byType.set(event.event_type, (this.byType.get(event.event_type) ?? 0) + 1);
      this.heads.set(event.log, event.position);
      if (isTrouble(event)) this.troubles.push(event);
    }
    this.troubles.splice(0, this.troubles.length - remembered);
  }

  /** Events of each of the last full seconds, oldest first. */
  history(now: number): number[] {
    const second = Math.floor(now / 1000);
    return Array.from({ length: window }, (_, index) => this.#seconds.get(second - window + index) ?? 0);
  }

  /** Events a second, over the last five full seconds: one alone jumps with every page that is read. */
  rate(now: number): number {
    return (
      this.history(now)
        .slice(-5)
        .reduce((sum, count) => sum + count, 0) / 5
    );
  }

  /** Types by count, most frequent first. */
  types(): [string, number][] {
    return [...this.byType].sort(([name, count], [other, more]) => more - count || (name < other ? -1 : 1));
  }
}
