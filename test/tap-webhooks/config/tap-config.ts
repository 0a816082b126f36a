import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTapConfig, type TapConfig } from '../../../packages/tap-webhooks/dist/config.js';

/** Returns the config of a file with these settings. */
export function tapConfig(given: object): TapConfig {
  const folder = mkdtempSync(join(tmpdir(), 'webhooks-'));
  try {
    writeFileSync(join(folder, 'config.json'), JSON.stringify(given));
    return loadTapConfig([join(folder, 'config.json')], {});
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
