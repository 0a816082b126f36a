import { expect, test } from 'vitest';
import { until } from '../helpers/until.js';
import { MeltanoProject, RUN } from './meltano-project.js';

// `meltano run tap-webhooks target-jsonl` in a copy of examples/meltano.

test('each run loads what came since the last one, and keeps the state', async () => {
  const project = new MeltanoProject();
  await project.deliver({ order_id: 1 }, { order_id: 2 });
  await project.run();
  expect(project.orderIds()).toEqual([1, 2]);
  expect((await project.state()).bookmarks['orders-data']?.position).toBe(2);

  await project.deliver({ order_id: 3 });
  await project.run();
  expect(project.orderIds()).toEqual([1, 2, 3]);
  expect((await project.state()).bookmarks['orders-data']?.position).toBe(3);

  await project.run();
  expect(project.orderIds()).toEqual([1, 2, 3]);
  expect((await project.state()).bookmarks['orders-data']?.position).toBe(3);
});

test('a run that lost its state loads no row twice', async () => {
  const project = new MeltanoProject();
  await project.deliver({ order_id: 1 }, { order_id: 2 });
  await project.run();
  const cleared = await project.meltano(['state', 'clear', '--force', 'dev:tap-webhooks-to-target-jsonl']);
  expect(cleared.code, cleared.stderr).toBe(0);
  await project.deliver({ order_id: 3 });
  await project.run();
  expect(project.orderIds()).toEqual([1, 2, 3]);
});

test('SIGTERM in the middle of a stream neither loses nor doubles a row', async () => {
  const project = new MeltanoProject();
  const { program, post } = await project.receiver.listen('receive');
  const accepted: number[] = [];
  const deliver = async (until: () => boolean) => {
    while (!until()) {
      const order_id = accepted.length + 1;
      expect(await post('orders', { order_id })).toBe(200);
      accepted.push(order_id);
    }
  };

  const following = project.startFollowing();
  await deliver(() => accepted.length === 20);
  await until(() => project.rows().length > 0, 'rows of the running pipe');
  const stopped = deliver(() => following.child.exitCode !== null);
  await until(() => project.rows().length > 100, 'rows of the running pipe');
  following.child.kill('SIGTERM');
  expect(await following.exit(), following.log).toBe(143);
  await stopped;

  program.child.kill('SIGTERM');
  expect(await program.exit()).toBe(0);
  await project.run();
  expect(project.orderIds()).toEqual(accepted);
});

test('a property that is not selected stays out of the rows', async () => {
  const project = new MeltanoProject();
  await project.deliver({ order_id: 1, email: 'a@example.com', note: 'kept' });
  await project.run({ TAP_WEBHOOKS__SELECT: '["*.*", "!orders-data.email"]' });
  expect(project.rows()).toMatchObject([{ order_id: 1, note: 'kept' }]);
  expect(project.rows()[0]).not.toHaveProperty('email');
});

test('the log lines of tap and target are parsed, with their fields', async () => {
  const project = new MeltanoProject();
  await project.deliver({ order_id: 1 });
  const { stderr } = await project.meltano(['--log-format=json', ...RUN]);
  const events = stderr.split('\n').filter((line) => line.startsWith('{'));
  const ours = events.map((line) => JSON.parse(line)).filter((event) => event.stdio === 'stderr');
  expect(ours.map(({ event }) => event).filter((event) => event.startsWith('{'))).toEqual([]);
  expect(ours).toContainEqual(
    expect.objectContaining({ app_name: 'tap-webhooks', level: 'info', records: 1 }),
  );
  expect(ours).toContainEqual(
    expect.objectContaining({ app_name: 'target-jsonl', level: 'info', loaded: 1 }),
  );
});
