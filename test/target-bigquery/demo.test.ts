import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '../helpers/temp.js';

interface Destination {
  readonly args: readonly string[];
  count(): number;
}

async function demo(config: object): Promise<{ folder: string; destination: Destination }> {
  const { bigQueryOf } = await import(new URL('../../examples/demo/bigquery.mjs', import.meta.url).href);
  const [folder, calledIn] = [tempFolder(), tempFolder()];
  writeFileSync(join(calledIn, 'bigquery.json'), JSON.stringify(config));
  const { INIT_CWD } = process.env;
  process.env.INIT_CWD = calledIn;
  onTestFinished(() => {
    if (INIT_CWD === undefined) delete process.env.INIT_CWD;
    else process.env.INIT_CWD = INIT_CWD;
  });
  return { folder, destination: bigQueryOf(folder, 'bigquery.json') };
}

const state = (position: number) => JSON.stringify({ bookmarks: { 'orders-data': { position } } });

it('counts up to the last whole state of the demo', async () => {
  const { folder, destination } = await demo({ project: 'test' });
  expect(destination.count()).toBe(0);
  const path = join(folder, 'state.jsonl');
  writeFileSync(path, '{"bookm');
  expect(destination.count()).toBe(0);
  writeFileSync(path, `${state(3)}\n${state(7)}\n${state(9).slice(0, 20)}`);
  expect(destination.count()).toBe(7);
});

it('reads a key of the demo from the folder that npm was called in', async () => {
  const { destination } = await demo({ project: 'test', credentials_path: 'key.json' });
  const settings = JSON.parse(readFileSync(destination.args.at(-1) as string, 'utf8'));
  expect(settings.credentials_path).toBe(join(process.env.INIT_CWD as string, 'key.json'));
  const { destination: keyless } = await demo({ project: 'test' });
  expect(readFileSync(keyless.args.at(-1) as string, 'utf8')).not.toContain('credentials_path');
});
