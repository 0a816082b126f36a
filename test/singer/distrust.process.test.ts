import { execFileSync } from 'node:child_process';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distrust, isDistrusted } from '@tap-webhooks/singer';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../helpers/temp.js';

test('a pipe in the place of a mark does not make the program wait', () => {
  const path = join(tempFolder(), 'data.jsonl');
  writeFileSync(path, 'one');
  const { dev, ino, birthtimeMs } = statSync(path);
  const mark = join(tmpdir(), `tap-webhooks-${dev}-${ino}-${Math.floor(birthtimeMs)}`);
  execFileSync('mkfifo', [mark]);
  onTestFinished(() => rmSync(mark));
  distrust(path);
  expect(isDistrusted(path)).toBe(true);
});
