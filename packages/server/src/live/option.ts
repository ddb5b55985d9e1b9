/** How live streams are set up. */
export interface LiveOptions {
  /** Live streams that one token's subject may have open at once. Default 100. */
  readonly streamsPerToken: number;
  /** Seconds between two signs of life on a quiet stream. Default 15. */
  readonly heartbeatSeconds: number;
  /** Milliseconds between looks at the log while something happens; appends of this process are seen at once. Default 20. */
  readonly pollMs: number;
  /** Bytes that may wait for one client when the next page comes; with more it reads on at its own pace. Default 1 MiB. */
  readonly bufferBytes: number;
  /** Seconds for which a client may take nothing of what waits for it before its stream is closed. Default 30. */
  readonly stallSeconds: number;
  /** Clients that may read what they missed from the database at once. Default 4. */
  readonly catchUps: number;
  /** Newest events kept in memory for clients that missed a little. Default 8,192. */
  readonly ringEvents: number;
  /** Seconds that a stream gets to send what waits when the server stops. Default 2. */
  readonly stopSeconds: number;
}

export const defaultLive: LiveOptions = {
  streamsPerToken: 100,
  heartbeatSeconds: 15,
  pollMs: 20,
  bufferBytes: 1024 * 1024,
  stallSeconds: 30,
  catchUps: 4,
  ringEvents: 8192,
  stopSeconds: 2,
};
