/** Colours where somebody looks: on a terminal, unless NO_COLOR says no. A pipeline in CI gets plain text. */
import { createColors } from 'picocolors';

const { NO_COLOR: never, FORCE_COLOR: always } = process.env;

// Off a terminal isTTY is undefined, which createColors takes for "decide yourself", and then a variable CI means colours.
export const colours = createColors(!never && (Boolean(always) || Boolean(process.stdout.isTTY)));
