import { parseArgs } from 'node:util';
import { KIND_NAMES, type KindName } from './kinds/index.js';
import { MODES, type Mode } from './pipe.js';
import { type RunOptions, TARGETS, type TargetName } from './run.js';

const DEFAULT_RATE = 150;
const USUAL = { insist: false, oneEventEach: false };

/** Reads the command line of one run. @throws Error with a sentence when it is wrong. */
export function parseOptions(args: readonly string[]): { options: RunOptions; keep: boolean } {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      seconds: { type: 'string', default: '30' },
      mode: { type: 'string', default: 'listen' },
      target: { type: 'string', default: 'jsonl' },
      kinds: { type: 'string', default: 'kill' },
      rate: { type: 'string', default: String(DEFAULT_RATE) },
      keep: { type: 'boolean', default: false },
    },
  });
  const options: RunOptions = {
    seed: wholeNumber('seed', values.seed),
    seconds: wholeNumber('seconds', values.seconds),
    mode: oneOf('mode', values.mode, MODES),
    target: oneOf('target', values.target, TARGETS),
    kinds: values.kinds.split(',').map((kind) => oneOf('kinds', kind, KIND_NAMES)),
    rate: wholeNumber('rate', values.rate),
    ...USUAL,
  };
  return { options, keep: values.keep };
}

/** Returns the options of one run with the usual rate and no faults but kills. */
export function usualOptions(
  seed: number,
  seconds: number,
  mode: Mode,
  target: TargetName,
  kinds: readonly KindName[],
): RunOptions {
  return { seed, seconds, mode, target, kinds, rate: DEFAULT_RATE, ...USUAL };
}

/** Returns the command that repeats a run. */
export function commandOf({ seed, seconds, mode, target, kinds, rate }: RunOptions): string {
  const rateOption = rate === DEFAULT_RATE ? '' : ` --rate ${rate}`;
  return `npm run faults -- --seed ${seed} --seconds ${seconds} --mode ${mode} --target ${target} --kinds ${kinds.join(',')}${rateOption}`;
}

export function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} takes a whole number`);
  return Number(text);
}

/** @throws Error when the text is none of the choices. */
export function oneOf<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new Error(`--${name} takes ${choices.join(', ')}`);
  return found;
}
