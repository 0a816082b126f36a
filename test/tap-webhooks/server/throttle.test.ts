import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../packages/tap-webhooks/dist/server/throttle.js';
import { until } from '../../helpers/until.js';

describe('lines that are alike', () => {
  it('are printed at once, and then as one line with their number when the interval is over', async () => {
    const throttle = new Throttle(30);
    const printed: string[] = [];
    for (let time = 0; time < 40; time += 1) throttle.note('a', 1, (count) => printed.push(`a ${count}`));
    throttle.note('b', 5, (count) => printed.push(`b ${count}`));
    expect(printed).toEqual(['a 1', 'b 5']);
    await until(() => printed.length === 3, 'the interval to be over');
    expect(printed.at(-1)).toBe('a 39');
    throttle.close();
    expect(printed).toHaveLength(3);
  });

  it('are printed at the end', () => {
    const throttle = new Throttle(60_000);
    const printed: string[] = [];
    for (const line of ['first', 'second', 'third'])
      throttle.note('key', 1, (count) => printed.push(`${line} ${count}`));
    throttle.close();
    throttle.close();
    expect(printed).toEqual(['first 1', 'third 2']);
  });
});
