/** Frames that go out together; put together once, however many clients they go to. */
export class Batch {
  readonly frames: readonly Buffer[];
  #whole: Buffer | undefined;

  constructor(frames: readonly Buffer[]) {
    this.frames = frames;
  }

  /** All of them as one; alone, a frame is the one buffer that all its clients share. */
  get whole(): Buffer {
    const [first] = this.frames;
    this.#whole ??= this.frames.length === 1 && first !== undefined ? first : Buffer.concat(this.frames);
    return this.#whole;
  }
}
