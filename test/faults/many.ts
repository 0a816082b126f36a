import { parseArgs } from 'node:util';
import { Seeded } from '../helpers/seeded.js';
import { KIND_NAMES, type KindName } from './kinds/index.js';
import { oneOf, usualOptions, wholeNumber } from './options.js';
import { MODES } from './pipe.js';
import { type RunOptions, TARGETS } from './run.js';
import { runSeries } from './series.js';

// npm run faults:many -- --from 1 --to 500 [--seconds 20] [--kinds kill,…]: one run per seed. Mode, target and, unless they are
// given, kinds are drawn from the seed, so that parts can run on several machines and any run can be repeated alone.
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
    kinds: { type: 'string' },
  },
});
const from = wholeNumber('from', values.from);
const to = wholeNumber('to', values.to);
const seconds = wholeNumber('seconds', values.seconds);
const given = values.kinds?.split(',').map((kind) => oneOf('kinds', kind, KIND_NAMES));

await runSeries(Array.from({ length: to - from + 1 }, (_, index) => drawn(from + index)));

function drawn(seed: number): RunOptions {
  const random = new Seeded(seed);
  const mode = random.pick(MODES);
  const target = random.pick(['jsonl', ...TARGETS] as const);
  const others = KIND_NAMES.filter((kind) => kind !== 'kill');
  const kinds: KindName[] = random.below(2) === 0 ? ['kill'] : ['kill', random.pick(others)];
  return usualOptions(seed, seconds, mode, target, given ?? kinds);
}
