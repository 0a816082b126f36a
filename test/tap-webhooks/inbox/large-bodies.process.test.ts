import { describe, expect, it } from 'vitest';
import { sqliteDriver } from '../../../packages/tap-webhooks/dist/inbox/sqlite/index.js';
import { append, entriesOf, openWith, rowsOf, rules, taken } from '../../contracts/inbox/subject.js';
import { tempFolder } from '../../helpers/temp.js';

const subject = { name: 'sqlite', driver: () => sqliteDriver(`${tempFolder()}/inbox`) };

/** Returns an event of 300 kB, which is large. */
function large(column: string, items = 30_000): string {
  return `{"${column}":[${'{"":1.5},'.repeat(items)}{}]}`;
}

describe('a large body', () => {
  it('becomes the row that it is sent as, and a retry of it is recognised', async () => {
    const { inbox } = await openWith(subject, rules({ deliveryId: { header: 'x-id' } }));
    const events = [{ a: 'é'.repeat(200_000) }, { a: 1, b: [{}] }, 5];
    expect(await append(inbox, events, { deliveryId: 'x' })).toEqual(taken({ stored: 2, quarantined: 1 }));
    expect(await append(inbox, events, { deliveryId: 'x' })).toEqual(taken({ duplicate: 3 }));
    expect(await rowsOf(inbox)).toEqual([JSON.stringify(events[0]), '{"a__it":1,"b":[{}]}']);
    const [schema] = await inbox.schemas();
    expect(Object.keys(schema?.schema.properties as object)).toEqual(['a', 'a__it']);
  });

  it('is decoded in its thread, whatever it is written in', async () => {
    const { inbox } = await openWith(
      subject,
      rules({ onMalformed: 'quarantine' }),
      rules({ name: 'unrolled', body: { unroll: { path: ['e'], copy: [['s']] } } }),
      rules({ name: 'redacted', redaction: { drop: [['x']], hash: [['h']], key: 'k'.repeat(16) } }),
    );
    const filler = 'é'.repeat(150_000);
    const form = { contentType: 'application/x-www-form-urlencoded' };
    expect(await append(inbox, `a=1&b=${filler}`, form)).toEqual(taken({ stored: 1 }));
    expect(await append(inbox, `{"a":"2","b":"${filler}"}\n{"a":"3"}`)).toEqual(taken({ stored: 2 }));
    expect(await append(inbox, `{${filler}`)).toEqual(taken({ quarantined: 1 }));
    expect(await rowsOf(inbox)).toEqual([
      `{"a":"1","b":"${filler}"}`,
      `{"a":"2","b":"${filler}"}`,
      '{"a":"3"}',
    ]);
    const unrolled = `{"x":"${filler}","s":"é","e":[{"i":1},{"i":2}]}`;
    expect(await append(inbox, unrolled, { integration: 'unrolled' })).toEqual(taken({ stored: 2 }));
    expect(await rowsOf(inbox, 'unrolled-data')).toEqual(['{"i":1,"s":"é"}', '{"i":2,"s":"é"}']);
    const redacted = `[{"i":"é","x":"${filler}"},5]`;
    expect(await append(inbox, redacted, { integration: 'redacted' })).toEqual(
      taken({ stored: 1, quarantined: 1 }),
    );
    expect(await rowsOf(inbox, 'redacted-data')).toEqual(['{"i":"é"}']);
  });

  it('does not keep others from being taken while it is read', async () => {
    const { inbox } = await openWith(subject, rules(), rules({ name: 'other' }));
    let isTaken = false;
    const taking = append(inbox, large('a', 300_000)).then((verdict) => {
      isTaken = true;
      return verdict;
    });
    let meanwhile = 0;
    for (; !isTaken; meanwhile += 1) await append(inbox, { n: meanwhile }, { integration: 'other' });
    expect(await taking).toEqual(taken({ stored: 1 }));
    expect(meanwhile).toBeGreaterThan(10);
    const [entry] = await entriesOf(inbox);
    expect(entry?.position).toBeGreaterThan(10);
  });

  it('is fitted again when its stream gets other columns meanwhile', async () => {
    const { inbox, reopen } = await openWith(subject);
    const verdicts = await Promise.all([
      ...['a', 'b', 'c'].map((column) => append(inbox, large(column))),
      ...Array.from({ length: 20 }, async (_, i) => {
        for (let j = 0; j < 5; j += 1) await append(inbox, { [`small_${i}_${j}`]: 1 });
        return taken({ stored: 1 });
      }),
    ]);
    expect(verdicts).toEqual(Array(23).fill(taken({ stored: 1 })));
    const again = await reopen();
    const entries = await entriesOf(again);
    expect(entries).toHaveLength(103);
    for (const column of ['a', 'b', 'c']) {
      const entry = entries.find(({ row }) => row.startsWith(`{"${column}":[{"":1.5},`));
      const { schema } = await again.schema('web-data', entry?.schemaVersion ?? 0);
      expect(schema.properties).toMatchObject({ [column]: { type: ['null', 'array'] } });
    }
  });

  it('is answered before the inbox closes', async () => {
    const { inbox, reopen } = await openWith(subject);
    const taking = append(inbox, large('a'));
    expect(await rowsOf(await reopen())).toEqual([large('a')]);
    expect(await taking).toEqual(taken({ stored: 1 }));
  });
});
