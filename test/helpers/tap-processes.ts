import { RunningProgram } from './program.js';
import { portOf, postTo, TapHome } from './tap.js';

/** A `TapHome` that starts real processes for taps that keep running. Commands that end by themselves run in this process. */
export class TapProcesses extends TapHome {
  start(...args: string[]): RunningProgram {
    return new RunningProgram('tap-webhooks', [...args, '--config', this.config]);
  }

  /** Starts a mode that listens, with a URL for each integration, and waits until it listens. */
  async listen(...args: string[]): Promise<Listening> {
    for (const integration of this.integrations) await this.path(integration);
    const program = this.start(...args);
    const port = await portOf(program);
    const post = async (integration: string, body: unknown) =>
      postTo(port, await this.path(integration), body);
    return { program, port, post };
  }
}

export interface Listening {
  readonly program: RunningProgram;
  readonly port: number;
  /** @returns the status of the answer. */
  post(integration: string, body: unknown): Promise<number>;
}
