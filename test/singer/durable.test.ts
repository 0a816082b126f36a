import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  makeFolder,
  makeFolderSync,
  partName,
  replaceFile,
  syncFile,
  syncFileSync,
  syncFolder,
  syncFolderSync,
} from '../../packages/singer/dist/index.js';
import { tempFolder } from '../helpers/temp.js';

const rights = (path: string) => statSync(path).mode & 0o777;

test('a folder is created with its parents and the permissions that are asked for', async () => {
  const folder = tempFolder();
  await makeFolder(join(folder, 'a/b'), { mode: 0o700 });
  makeFolderSync(join(folder, 'c/d'), { mode: 0o700 });
  for (const made of ['a', 'a/b', 'c', 'c/d']) expect(rights(join(folder, made))).toBe(0o700);
});

test('a folder that already exists is not changed', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'a'), { mode: 0o750 });
  await makeFolder(join(folder, 'a'), { mode: 0o700 });
  makeFolderSync(join(folder, 'a'), { mode: 0o700 });
  expect(rights(join(folder, 'a'))).toBe(0o750);
});

test('a folder can be created by a path relative to the working folder', async () => {
  await makeFolder('.');
  makeFolderSync('.');
});

test('a folder that cannot be made is refused with the reason', async () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'file'), '');
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
  for (const [path, code] of [
    ['/proc/tap-webhooks', 'ENOENT'], // the system says so although /proc exists
    ['/proc/tap-webhooks/inbox', 'ENOENT'],
    [join(folder, 'file'), 'EEXIST'],
    [join(folder, 'file/a/b'), 'ENOTDIR'],
    [join(folder, 'link'), 'ENOENT'], // it leads nowhere
    [join(folder, 'link/a'), 'ENOENT'],
  ]) {
    await expect(makeFolder(path as string)).rejects.toMatchObject({ code });
    expect(() => makeFolderSync(path as string)).toThrow(expect.objectContaining({ code }));
  }
});

test('a folder that does not exist cannot be synced', async () => {
  const missing = join(tempFolder(), 'missing');
  await expect(syncFolder(missing)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(() => syncFolderSync(missing)).toThrow(/ENOENT/);
});

test('a file can be synced that may only be read, and one that does not exist cannot', async () => {
  const path = join(tempFolder(), 'copy.sqlite');
  await expect(syncFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  expect(() => syncFileSync(path)).toThrow(/ENOENT/);
  writeFileSync(path, 'rows', { mode: 0o400 });
  await syncFile(path);
  syncFileSync(path);
  expect(readFileSync(path, 'utf8')).toBe('rows');
});

test.each([true, false])('a file is replaced as a whole and leaves no part file (sync: %s)', async (sync) => {
  const path = join(tempFolder(), 'state.json');
  await replaceFile(path, 'old', { sync });
  writeFileSync(partName(path), 'torn by a crash, and longer than the new text');
  await replaceFile(path, 'new', { sync });
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(readdirSync(join(path, '..'))).toEqual(['state.json']);
});

test('a replaced file has the permissions that are asked for', async () => {
  const path = join(tempFolder(), 'secret.json');
  await replaceFile(path, '{}', { mode: 0o600 });
  expect(rights(path)).toBe(0o600);
});

test('the part file of a hidden file does not get a second dot', () => {
  expect(partName('/data/.state.json')).toBe('/data/.state.json.part');
  expect(partName('/data/state.json')).toBe('/data/.state.json.part');
});
