import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Seeded } from '../../helpers/seeded.js';
import { mutated } from './mutate.js';

/** `npm run fuzz` sets these; otherwise the same few inputs are tried each time. */
const SECONDS = Number(process.env.FUZZ_SECONDS ?? 0);
const SEED = Number(process.env.FUZZ_SEED ?? 20_261_130);

export interface FuzzSettings {
  /** Folder in `test/faults/corpus`. */
  readonly corpus: string;
  /** Pieces that mean something to what is tested. */
  readonly words: readonly string[];
  /** Inputs beside the corpus, when no time is given. */
  readonly rounds: number;
  /** Called for each input. It throws when something is wrong. */
  readonly check: (input: Buffer, random: Seeded) => unknown;
}

/**
 * Checks each file of the corpus, and inputs that are made from them by small changes.
 * @throws Error with the input in base64, so that it can be put into the corpus.
 */
export async function fuzz({ corpus, words, rounds, check }: FuzzSettings): Promise<void> {
  const random = new Seeded(SEED);
  const files = corpusOf(corpus);
  const deadline = Date.now() + SECONDS * 1000;
  for (const file of files) await checked(corpus, file, random, check);
  for (let round = 0; SECONDS > 0 ? Date.now() < deadline : round < rounds; round += 1)
    await checked(corpus, mutated(random, files, words), random, check);
}

/** Time that a fuzz test may take, in ms. */
export const FUZZ_TIMEOUT_MS = 20_000 + SECONDS * 1000;

function corpusOf(name: string): Buffer[] {
  const folder = fileURLToPath(new URL(`../corpus/${name}/`, import.meta.url));
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
}

async function checked(
  corpus: string,
  input: Buffer,
  random: Seeded,
  check: FuzzSettings['check'],
): Promise<void> {
  try {
    await check(input, random);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    const keep = `base64 -d > test/faults/corpus/${corpus}/NAME <<< '${input.toString('base64')}'`;
    throw new Error(`${what}\nFound by seed ${SEED}. Keep the input: ${keep}`, { cause });
  }
}
