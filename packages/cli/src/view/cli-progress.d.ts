/** The part of cli-progress that we use; the package brings no types. */
declare module 'cli-progress' {
  interface BarOptions {
    format: string;
    stream: NodeJS.WritableStream;
    hideCursor?: boolean;
    barsize?: number;
    fps?: number;
    clearOnComplete?: boolean;
  }

  export class SingleBar {
    constructor(options: BarOptions);
    start(total: number, value: number, payload?: Record<string, string>): void;
    update(value: number, payload?: Record<string, string>): void;
    stop(): void;
  }
}
