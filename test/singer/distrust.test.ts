import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { distrust, isDistrusted } from '@tap-webhooks/singer';
import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/temp.js';

test('a mark belongs to the file, not to its name', () => {
  const path = join(tempFolder(), 'data.jsonl');
  writeFileSync(path, 'one');
  expect(isDistrusted(path)).toBe(false);

  distrust(path);
  distrust(path);

  expect(isDistrusted(path)).toBe(true);
  renameSync(path, `${path}.old`);
  writeFileSync(path, 'two');
  expect(isDistrusted(path)).toBe(false);
  expect(isDistrusted(`${path}.old`)).toBe(true);
});

test('a file that is not there can neither be marked nor is it marked', () => {
  const path = join(tempFolder(), 'gone');
  rmSync(path, { force: true });

  distrust(path);

  expect(isDistrusted(path)).toBe(false);
});
