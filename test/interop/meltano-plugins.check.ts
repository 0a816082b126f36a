import { expect, test } from 'vitest';
import { until } from '../helpers/until.js';
import { MeltanoProject, MeltanoRun } from './meltano-project.js';

// tap-webhooks and target-jsonl as plugins of Meltano, apart from `meltano run`.

test('discovery by Meltano lists the streams of the inbox', async () => {
  const project = new MeltanoProject();
  await project.deliver({ order_id: 1, customer: { id: 7 } });
  const { code, stdout, stderr } = await project.meltano(['select', 'tap-webhooks', '--list', '--all']);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('orders-data.order_id');
  expect(stdout).toContain('orders-data.customer');
  expect(stdout).toContain('stitch_vero-data.');
});

test('discovery by Meltano works before there is an inbox', async () => {
  const { code, stdout, stderr } = await new MeltanoProject().meltano(['select', 'tap-webhooks', '--list']);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain('stitch_vero-data.');
});

test.each(['tap-webhooks', 'target-jsonl'])('%s describes itself through meltano invoke', async (plugin) => {
  const { code, stdout, stderr } = await new MeltanoProject().meltano(['invoke', plugin, '--about']);
  expect(code, stderr).toBe(0);
  expect(stdout).toContain(plugin);
  expect(stdout).toContain('structured-logging');
});

test('meltano config test finds that tap-webhooks emits a record', async () => {
  const project = new MeltanoProject();
  await project.deliver({ order_id: 1 });
  const { code, stdout, stderr } = await project.meltano(['config', 'test', 'tap-webhooks']);
  expect(code, stderr).toBe(0);
  expect(stdout + stderr).toContain('Plugin configuration is valid');
});

test('meltano config test writes test data with target-jsonl', async () => {
  const { stdout, stderr } = await new MeltanoProject().meltano(['config', 'test', 'target-jsonl']);
  // Its exit code says nothing: Meltano 4.4.1 fails at the end of this test whatever the target is.
  expect(stdout + stderr).toContain('Test data was written to your target system');
});

test('a receiver started by meltano invoke takes webhooks for the next run', async () => {
  const project = new MeltanoProject();
  const created = await project.meltano(['invoke', 'tap-webhooks', 'url', 'create', 'orders']);
  const path = /\/v1\/orders\/\S+/.exec(created.stdout)?.[0] ?? '';
  expect(path, created.stdout + created.stderr).not.toBe('');

  const env = { TAP_WEBHOOKS_PORT: '0' };
  const receiving = new MeltanoRun(
    project.folder,
    ['--log-format=json', 'invoke', 'tap-webhooks', 'receive'],
    env,
  );
  const port = await until(() => /"port": (\d+)/.exec(receiving.log)?.[1], 'the receiver to listen');
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body: '{"order_id": 1}',
  });
  expect(answer.status).toBe(200);

  await project.run(); // beside the receiver
  expect(project.orderIds()).toEqual([1]);
});
