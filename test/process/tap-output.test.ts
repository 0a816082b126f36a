import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { records } from '../helpers/tap.js';
import { TapProcesses } from '../helpers/tap-processes.js';
import { until } from '../helpers/until.js';

describe('when the reader of the output is gone', () => {
  it('the tap ends with 6 and keeps everything', async () => {
    const home = new TapProcesses();
    const { program, post } = await home.listen();
    program.child.stdout?.destroy();
    expect(await post('shop', { n: 1 })).toBe(200);
    expect(await program.exit()).toBe(6);
    expect(records((await home.run('drain')).lines)).toMatchObject([{ n: 1 }]);
  });
});

/** Returns the resident memory of a process, in bytes. Works on Linux only. */
function memoryOf(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

describe('when the reader of the output is stuck', () => {
  it('webhooks are still taken, memory stays flat, and nothing is lost', async () => {
    const home = new TapProcesses();
    const { program, post } = await home.listen();
    program.child.stdout?.pause();
    const text = 'x'.repeat(100_000);
    const before = memoryOf(program.child.pid ?? 0);
    for (let n = 0; n < 600; n += 1) expect(await post('shop', { n, text })).toBe(200);
    expect(memoryOf(program.child.pid ?? 0) - before).toBeLessThan(150 * 1024 ** 2);
    program.child.stdout?.resume();
    await until(() => program.stdout.includes('"n":599,'), 'the last record', 60_000);
    expect(records(program.lines.filter((line) => line.includes('"RECORD"'))).length).toBe(600);
  });
});

describe('secrets', () => {
  it('never appear in the output: no token and no signing secret, and no payload in logs', async () => {
    const home = new TapProcesses();
    const secrets = join(home.folder, 'secrets');
    writeFileSync(secrets, 'canary-of-a-file\n');
    home.configure(['shop', 'feedback'], {
      integrations: [
        { name: 'shop', provider: 'webhooks' },
        { name: 'feedback', provider: 'delighted', secrets: ['canary-of-the-config'], secrets_file: secrets },
      ],
    });
    const { program, port, post } = await home.listen();
    const path = await home.path('shop');
    const token = path.split('/').at(-1) ?? '';
    expect(token.length).toBeGreaterThan(20);
    expect(await post('shop', { canary: 'canary-of-the-payload' })).toBe(200);
    expect(await post('shop', 'canary-of-the-payload')).toBe(400);
    expect(await post('feedback', { canary: 'canary-of-the-payload' })).toBe(401);
    await fetch(`http://127.0.0.1:${port}/v1/shop/${token}x`, { method: 'POST', body: '{}' });
    await until(() => records(program.lines).length === 1, 'the record');
    program.child.kill('SIGTERM');
    expect(await program.exit()).toBe(0);
    expect(program.stderr).not.toContain(token);
    expect(program.stderr).not.toContain('canary');
    expect(program.stdout).not.toContain(token);
    expect(program.stdout).not.toMatch(/canary-of-(a-file|the-config)/);
  });
});
