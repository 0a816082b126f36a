import { describe, expect, it } from 'vitest';
import { fitBody } from '../../../packages/tap-webhooks/dist/inbox/fit-body.js';
import type { Delivery, IntegrationRules } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { judge } from '../../../packages/tap-webhooks/dist/inbox/judge.js';
import type { Known, Written } from '../../../packages/tap-webhooks/dist/inbox/judgement.js';
import { prepare } from '../../../packages/tap-webhooks/dist/inbox/prepare.js';
import { Shapes, schemasOfRules } from '../../../packages/tap-webhooks/dist/inbox/shapes.js';
import { NOW, rules } from '../../contracts/inbox/subject.js';

const web = rules({
  keyProperties: ['id'],
  deliveryId: { header: 'x-id' },
  events: ['kept'],
  eventType: { body: ['type'] },
});

function deliveryOf(body: unknown, deliveryId?: string): Delivery {
  const id = deliveryId === undefined ? {} : { deliveryId };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { integration: 'web', receivedAt: NOW, body: Buffer.from(text), ...id };
}

function newInbox(one: IntegrationRules): Known {
  const schemas = new Map(schemasOfRules([one], new Map()).map((schema) => [schema.stream, schema]));
  const numbers = { newest: 0, incarnation: 'i', confirmedTime: NOW, sequence: { mark: 0, keys: new Map() } };
  return { ...numbers, retryKeys: new Set<string>(), schemas };
}

/** Judges one delivery in an inbox. */
function judged(known: Known, delivery: Delivery): Written {
  return judge(known, prepare([delivery], new Map([['web', web]])), new Shapes());
}

/** Judges one delivery that was fitted to the schema of an inbox before. */
function judgedFitted(known: Known, delivery: Delivery, fittedTo = known): Written {
  const fitted = fitBody(delivery, web, fittedTo.schemas.get('web-data'));
  if (fitted.kind !== 'fitted') throw new Error('nothing of the body is kept');
  return judge(known, prepare([{ ...delivery, fitted }], new Map([['web', web]])), new Shapes());
}

/** What is known after a delivery was written. */
function knownAfter(known: Known, { rows, retryKeys, schemas, sequence }: Written): Known {
  return {
    ...known,
    newest: rows.at(-1)?.position ?? known.newest,
    retryKeys: new Set([...known.retryKeys, ...retryKeys.keys()]),
    schemas: new Map([...known.schemas, ...schemas.map((schema) => [schema.stream, schema] as const)]),
    sequence,
  };
}

const mixed = [
  { type: 'kept', id: 1, a: 1, nested: { b: [] } },
  { type: 'other', id: 2, ignored: true },
  { type: 'kept', id: 3, a: 'x', nested: { b: [{ c: 1.5 }], 'é€😀': '\ud800' } },
  { type: 'kept', id: null },
  { type: 'kept' },
  { type: 'kept', id: 1, a: 2 },
];

describe('a body that was fitted before it is judged', () => {
  it('becomes what it would become without that', () => {
    for (const body of [
      mixed,
      mixed[0],
      [],
      ` [${'[['.repeat(60)}${']]'.repeat(60)}, {"type":"kept","id":7} ] `,
    ]) {
      const known = newInbox(web);
      const plain = judged(known, deliveryOf(body, 'x'));
      const fitted = judgedFitted(known, deliveryOf(body, 'x'));
      expect(fitted.outcomes).toEqual(plain.outcomes);
      for (const part of ['rows', 'schemas', 'quarantined', 'retryKeys', 'sequence', 'counts'] as const)
        expect(fitted[part], part).toEqual(plain[part]);
    }
  });

  it('becomes what it would become without that, also when its text is not the one that was sent', () => {
    const redaction = { drop: [['secret']], hash: [['email']], key: 'k'.repeat(16) };
    const unroll = { path: ['entry'], copy: [['shop']] };
    const bodies: ReadonlyArray<readonly [string | Buffer, string | undefined, Partial<IntegrationRules>]> = [
      ['type=kept&id=1&id=2&name=%C3%A9', 'application/x-www-form-urlencoded', {}],
      ['{"type":"kept","id":1}\n{"type":"kept","id":2,"a":"é"}\n5', undefined, {}],
      [Buffer.from('{"type":"kept","id":1,"a":"\xe9"}', 'latin1'), 'application/json; charset=latin1', {}],
      ['{"shop":"é","entry":[{"type":"kept","id":1},{"type":"kept"}]}', undefined, { body: { unroll } }],
      ['[{"type":"kept","id":1,"secret":1,"email":"a"},5,{"email":5}]', undefined, { redaction }],
      ['{"type":', undefined, { onMalformed: 'quarantine' }],
      ['{"type":', undefined, { redaction, onMalformed: 'quarantine' }],
    ];
    for (const [text, contentType, more] of bodies) {
      const known = newInbox(web);
      const sent = { ...deliveryOf('', 'x'), body: Buffer.from(text as string) };
      const delivery = contentType === undefined ? sent : { ...sent, contentType };
      const own = { ...web, ...more };
      const plain = judge(known, prepare([delivery], new Map([['web', own]])), new Shapes());
      const fitted = fitBody(delivery, own, known.schemas.get('web-data'));
      if (fitted.kind !== 'fitted') throw new Error('nothing of the body is kept');
      const prepared = prepare([{ ...delivery, fitted }], new Map([['web', own]]));
      const judgedFitted = judge(known, prepared, new Shapes());
      expect(plain.outcomes[0]?.kind).toBe('taken');
      for (const part of [
        'outcomes',
        'rows',
        'schemas',
        'quarantined',
        'retryKeys',
        'sequence',
        'counts',
      ] as const)
        expect(judgedFitted[part], part).toEqual(plain[part]);
    }
  });

  it('is a repetition when the inbox has it, and adds no columns then', () => {
    const empty = newInbox(web);
    const known = { ...knownAfter(empty, judged(empty, deliveryOf(mixed, 'x'))), schemas: empty.schemas };
    const again = judgedFitted(known, deliveryOf(mixed, 'x'));
    expect(again.outcomes).toMatchObject([{ stored: 0, duplicate: 5, filtered: 1, quarantined: 0 }]);
    expect(again.schemas).toEqual([]);
  });

  it('is stale when its stream has other columns now, and nothing of it is kept', () => {
    const before = newInbox(web);
    const now = knownAfter(before, judged(before, deliveryOf({ type: 'kept', id: 9, more: 1 })));
    const written = judgedFitted(now, deliveryOf(mixed, 'x'), before);
    expect(written.outcomes).toEqual([{ kind: 'stale' }]);
    expect([written.rows, written.quarantined, written.schemas, [...written.retryKeys]]).toEqual([
      [],
      [],
      [],
      [],
    ]);
  });

  it('is refused when it is not JSON or has too many events', () => {
    const schema = newInbox(web).schemas.get('web-data');
    expect(fitBody(deliveryOf('[{}'), web, schema)).toEqual({
      kind: 'malformed',
      reason: 'expected a comma or the end of the list at offset 3',
    });
    const many = deliveryOf(`[${'{},'.repeat(10_000)}{}]`);
    expect(fitBody(many, web, schema)).toEqual({ kind: 'too_many_events', most: 10_000 });
  });
});
