import { describe, expect, it } from 'vitest';
import { InboxUnavailable } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { RefusalCounts } from '../../../packages/tap-webhooks/dist/server/refusal-counts.js';
import { until } from '../../helpers/until.js';
import { startReceiver } from './receiver.js';

/** Returns the lines of the log that have a message, without their times. */
function lines(logged: readonly string[], message: string): object[] {
  return logged.map((line) => JSON.parse(line)).filter((line) => line.message.startsWith(message));
}

const KEYED = { name: 'shop', provider: 'webhooks', key_properties: ['id'] };

describe('quarantined events', () => {
  it('are warned of once per stream and reason, and those held back at the end', async () => {
    const receiver = await startReceiver({ integrations: [KEYED] });
    for (let time = 0; time < 5; time += 1) await receiver.post('[{"id":null},{"id":1},5,6]');
    const warned = (reason: string, count: number) => ({
      level: 'warn',
      message: 'Quarantined: these events did not become rows',
      stream: 'shop-data',
      reason,
      count,
    });
    const isNull = 'The key field "id" is null.';
    const noObject = 'the event is valid JSON, but not an object';
    expect(lines(receiver.logged, 'Quarantined')).toEqual([warned(isNull, 1), warned(noObject, 2)]);
    await receiver.server.close();
    expect(lines(receiver.logged, 'Quarantined').slice(2)).toEqual([warned(isNull, 4), warned(noObject, 8)]);
  });

  it('do not change what is answered', async () => {
    const receiver = await startReceiver({ integrations: [KEYED] });
    expect((await receiver.post('5')).text).toBe(
      '{"status":"ok","stored":0,"duplicate":0,"filtered":0,"quarantined":1}',
    );
  });
});

describe('refused requests', () => {
  it('are counted in the inbox by integration and reason, those too that never became a request', async () => {
    const receiver = await startReceiver({ limits: { countsMs: 1 } });
    for (let time = 0; time < 3; time += 1) await receiver.post('{"id":NaN}');
    await receiver.post('{}', {}, '/v1/shop/wrong');
    await receiver.post('{}', {}, '/');
    await fetch(`http://127.0.0.1:${receiver.port}/`, { headers: { x: 'y'.repeat(20_000) } });
    const counted = async () =>
      (await receiver.inbox.refusals(0)).map(({ integration, reason, count }) => [
        integration,
        reason,
        count,
      ]);
    await until(async () => (await counted()).length === 4, 'the numbers to be stored');
    expect(await counted()).toEqual([
      [null, 'headers_too_large', 1],
      [null, 'not_found', 1],
      ['shop', 'not_found', 1],
      ['shop', 'not_json', 3],
    ]);
  });

  it('are counted before the server is closed', async () => {
    const receiver = await startReceiver();
    await receiver.post('{"id":NaN}');
    await receiver.server.close();
    expect(await receiver.inbox.refusals(0)).toMatchObject([
      { integration: 'shop', reason: 'not_json', count: 1 },
    ]);
  });

  it('are logged in full at the end', async () => {
    const receiver = await startReceiver();
    for (let time = 0; time < 40; time += 1) await receiver.post('{"id":NaN}');
    expect(lines(receiver.logged, 'Refused')).toMatchObject([{ reason: 'not_json', count: 1 }]);
    await receiver.server.close();
    expect(lines(receiver.logged, 'Refused')).toMatchObject([{ count: 1 }, { count: 39 }]);
  });

  it('are kept in memory while the inbox cannot be written', async () => {
    const stored: unknown[] = [];
    let isFull = true;
    const counts = new RefusalCounts(
      {
        async addRefusals(refusals) {
          if (isFull) throw new InboxUnavailable('there is no room on the disk');
          stored.push(...refusals);
        },
      },
      60_000,
    );
    counts.add('shop', 'unavailable');
    await counts.close();
    counts.add('shop', 'unavailable');
    isFull = false;
    await counts.close();
    const sum = stored.reduce<number>((total, one) => total + (one as { count: number }).count, 0);
    expect(sum).toBe(2);
  });
});
