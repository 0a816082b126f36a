import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { TapHome } from '../../helpers/tap.js';

/** An inbox with one event, changed by a person. */
async function changedHome(how: (inbox: string) => void): Promise<TapHome> {
  const home = new TapHome();
  await home.fill('shop', { n: 1 });
  how(home.inbox);
  return home;
}

const inPlaceOf = (name: string, put: (path: string) => void) => (inbox: string) => {
  rmSync(join(inbox, name), { recursive: true, force: true });
  put(join(inbox, name));
};
const file = (path: string) => writeFileSync(path, 'x');
const text = (path: string) => writeFileSync(path, 'This is no lock, but some text. '.repeat(40));
const lockOfConsumer = (inbox: string) => {
  mkdirSync(join(inbox, 'consumers'), { recursive: true });
  text(join(inbox, 'consumers', 'default.lock'));
};
const link = (path: string) => symlinkSync(join(path, '..', 'nowhere'), path);

it.each([
  ['drain', 'a file in the place of the inbox', 1, 'is not a tap-webhooks inbox', inPlaceOf('.', file)],
  ['receive', 'a file in the place of the inbox', 1, 'is not a tap-webhooks inbox', inPlaceOf('.', file)],
  ['receive', 'a link to nothing in the place of the inbox', 7, 'ENOENT', inPlaceOf('.', link)],
  ['drain', 'a file in the place of the consumers', 7, 'EEXIST', inPlaceOf('consumers', file)],
  ['drain', 'a folder in the place of `current`', 7, 'EISDIR', inPlaceOf('current', mkdirSync)],
  ['receive', 'text in `receiver.lock`', 7, 'remove it while no program', inPlaceOf('receiver.lock', text)],
  ['drain', 'text in the lock of its consumer', 7, 'remove it while no program', lockOfConsumer],
] as const)('%s with %s is no defect: exit %i', async (mode, _, expected, words, how) => {
  const home = await changedHome(how);
  const { code, stderr } = await home.run(mode);
  expect(stderr).toContain(words);
  expect(stderr).not.toContain('defect');
  expect(code).toBe(expected);
});
