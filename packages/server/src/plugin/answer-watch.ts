/** Ends an answer that its client does not take: it would hold its memory, and its share of the limits, for ever. */
import type { ServerResponse } from 'node:http';

/**
 * Node's own time-out of a socket knows progress by what its kernel has taken, also of one large write. An answer that is
 * still being made, with nothing to take yet, is waited for.
 */
export function watchAnswer(response: ServerResponse, milliseconds: number): void {
  const { socket } = response;
  // The socket of a request that never was on a network has no time-outs.
  if (typeof socket?.setTimeout !== 'function') return;
  response.setTimeout(milliseconds, () => {
    if (socket.writableLength > 0) response.destroy();
    else socket.setTimeout(milliseconds);
  });
}
