/** Ctrl-C, SIGTERM, a closed terminal or a closed pipe: the first asks the command to end, the second ends it. */

const interruptedCode = 130;
let controller: AbortController | undefined;

/** A signal for a command that has something to finish before it ends. A second Ctrl-C does not wait for that. */
export function onInterrupt(): AbortSignal {
  controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);
  return controller.signal;
}

function interrupt(): void {
  // Exiting is enough: the embedded server has a guard that tells it to stop when we are gone.
  if (controller === undefined || controller.signal.aborted) process.exit(interruptedCode);
  controller.abort();
}

/** `telltale types | head` closes our output when it has seen enough: nothing more to say, and nothing wrong. */
export function endOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (controller === undefined) process.exit(0);
      controller.abort();
    });
  }
}
