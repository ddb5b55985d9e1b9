/** Judges a log whose clock seems to have leapt: an idle night, or a wrong clock? */
import { uptime } from 'node:os';
import { TelltaleError } from '@telltale/catalogue';
import { formatTime, now, postgresEpoch } from '../event/time.ts';

/** By how much two clocks of one moment may differ: five minutes, in microseconds. */
const tolerance = 300_000_000;

/**
 * The server's clock leads the log's last event by more than the bound. Nobody may have published for that long, so the
 * judge looks for a second opinion: if the server's clock went on as far as this machine's uptime did since it was last
 * seen (uptime counts suspended time and follows no clock), nothing leapt. A process that has not seen it before
 * compares it with its own clock, and the log with its own idea of the present.
 */
export class ClockJudge {
  #seen: { server: number; uptime: number } | undefined;

  /** Remembers what the server's clock said, in microseconds since 2000. */
  observe(server: number): void {
    this.#seen = { server, uptime: uptime() };
  }

  /** @throws ClockJumped when the leap cannot be explained by time that passed. */
  judge(clock: { log: number; recorded_at: number; now: number }): void {
    const passed = this.#seen === undefined ? undefined : (uptime() - this.#seen.uptime) * 1_000_000;
    const leap =
      this.#seen === undefined || passed === undefined
        ? clock.now + postgresEpoch - now()
        : clock.now - this.#seen.server - passed;
    if (Math.abs(leap) <= tolerance) return;
    throw new TelltaleError(
      'ClockJumped',
      `expected the server's clock to go on from ${formatTime(clock.recorded_at + postgresEpoch)} (found: ${formatTime(clock.now + postgresEpoch)}, ${Math.round(leap / 1_000_000)} s more than passed); if it is right, run telltale doctor --confirm-clock`,
      { expected: clock.recorded_at, found: clock.now },
    );
  }
}
