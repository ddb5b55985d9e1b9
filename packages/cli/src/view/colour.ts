/** Colours where somebody looks: on a terminal, unless NO_COLOR says no. A pipeline in CI gets plain text. */
import { createColors } from 'picocolors';

const { NO_COLOR: never, FORCE_COLOR: always } = process.env;

export const colours = createColors(!never && (Boolean(always) || process.stdout.isTTY));
