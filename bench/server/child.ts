/** Processes of the benchmark: started from a file beside this one, asked over IPC, ended with their parent. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export class Child {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(name: string, args: readonly string[], { secret = '', node = [] as readonly string[] } = {}) {
    this.#process = fork(new URL(name, import.meta.url), [...args], {
      execArgv: [...process.execArgv, ...node],
      env: { ...process.env, TELLTALE_SECRET: secret },
    });
    this.#ended = once(this.#process, 'exit');
  }

  /** The next thing that it says. @throws when it ends instead */
  async hear<Message>(): Promise<Message> {
    const ended = this.#ended.then(() => {
      throw new Error(`expected an answer of ${this.#process.spawnargs.at(-1)} (found: it ended)`);
    });
    const [message] = (await Promise.race([once(this.#process, 'message'), ended])) as [Message];
    return message;
  }

  /** Asks, and hears the answer. */
  async ask<Message>(question: unknown): Promise<Message> {
    const answer = this.hear<Message>();
    this.#process.send(question as object);
    return answer;
  }

  /** Ends when the process has. */
  async stop(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended;
  }
}
