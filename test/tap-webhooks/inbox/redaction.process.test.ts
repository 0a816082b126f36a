import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it, onTestFinished } from 'vitest';
import type { Delivery } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, NOW, rowsOf, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

const KEY = '0123456789abcdef';
const SECRET = 'ann.secret@example.com';
/** `printf ann.secret@example.com | openssl dgst -sha256 -hmac 0123456789abcdef` */
const SECRET_DIGEST = 'a0106f02d0ed3dcd1f4b33b67eb1c3b703b0444b0d6d593ff61c27352a0917d2';

const web = rules({
  keyProperties: ['id'],
  deliveryId: { header: 'x-id' },
  redaction: { drop: [['email']], hash: [['user', 'email']], key: KEY },
});

it('what must not be kept is nowhere on disk, whatever becomes of its event', async () => {
  const folder = join(tempFolder(), 'inbox');
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([web, { ...web, name: 'form', stream: 'form-data' }]);
  const large = 'x'.repeat(300_000);
  const cases: ReadonlyArray<
    readonly [body: string | Uint8Array, expected: object, more?: Partial<Delivery>]
  > = [
    [`{"id":1,"email":"${SECRET}","user":{"email":"${SECRET}"}}`, taken({ stored: 1 })],
    [`{"id":2,"email":"${SECRET}","large":"${large}"}`, taken({ stored: 1 })],
    [`{"email":"${SECRET}"}`, taken({ quarantined: 1 })],
    [`"${SECRET}"`, taken({ quarantined: 1 })],
    [`["${SECRET}",{"id":3,"email":"${SECRET}"}]`, taken({ stored: 1, quarantined: 1 })],
    [`{"id":4,"d":${'['.repeat(101)}"${SECRET}"${']'.repeat(101)}}`, taken({ quarantined: 1 })],
    [
      `id=5&email=${SECRET}`,
      taken({ stored: 1 }),
      { integration: 'form', contentType: 'application/x-www-form-urlencoded' },
    ],
    [`{"id":6,"email":"${SECRET}"`, { kind: 'malformed', reason: expect.any(String) }],
  ];
  for (const [index, [body, expected, more]] of cases.entries())
    expect(await append(inbox, body, { ...more, deliveryId: `d${index}` })).toEqual(expected);
  const [first] = await rowsOf(inbox);
  expect(first).toBe(`{"id":1,"user":{"email":"${SECRET_DIGEST}"}}`);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (name === 'consumers' || name === 'reserve') continue;
    expect(readFileSync(join(folder, name)).includes('ann.secret'), name).toBe(false);
  }
});

it('the quarantine holds reason, time, length and a keyed digest of what cannot be looked into', async () => {
  const folder = join(tempFolder(), 'inbox');
  const inbox = await sqliteDriver(folder).writer({ create: true });
  onTestFinished(() => inbox.close());
  await inbox.setRules([web]);
  expect(await append(inbox, `"${SECRET}"`, { deliveryId: 'd' })).toEqual(taken({ quarantined: 1 }));
  expect(await append(inbox, `"${SECRET}"`, { deliveryId: 'd' })).toEqual(taken({ duplicate: 1 }));
  const database = new DatabaseSync(join(folder, 'inbox.sqlite'), { readOnly: true });
  onTestFinished(() => database.close());
  const [row] = database
    .prepare('SELECT reason, received_at, delivery_id, body FROM quarantine')
    .all() as Array<{
    readonly body: Uint8Array;
  }>;
  expect({ ...row, body: Buffer.from(row?.body ?? []).toString() }).toEqual({
    reason: 'the event is valid JSON, but not an object',
    received_at: NOW,
    delivery_id: 'd',
    body: '{"withheld_bytes":24,"hmac_sha256":"d1d29a7a272727d501a7d311f3ddfa620a799e5177d137f12442ea73d4ede5bb"}',
  });
});
