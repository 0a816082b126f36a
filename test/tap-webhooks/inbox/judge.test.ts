import { parseJson } from '@tap-webhooks/singer';
import { describe, expect, it } from 'vitest';
import type { Delivery, IntegrationRules } from '../../../packages/tap-webhooks/dist/inbox/inbox.js';
import { judge } from '../../../packages/tap-webhooks/dist/inbox/judge.js';
import type { Known, Written } from '../../../packages/tap-webhooks/dist/inbox/judgement.js';
import { type Prepared, prepare } from '../../../packages/tap-webhooks/dist/inbox/prepare.js';
import { Shapes, schemasOfRules } from '../../../packages/tap-webhooks/dist/inbox/shapes.js';
import { NOW, rules } from '../../contracts/inbox/subject.js';

const web = rules({ keyProperties: ['id'], deliveryId: { header: 'x-id' } });

function deliveryOf(body: unknown, deliveryId?: string): Delivery {
  const id = deliveryId === undefined ? {} : { deliveryId };
  return { integration: 'web', receivedAt: NOW, body: Buffer.from(JSON.stringify(body)), ...id };
}

function prepared(one: IntegrationRules, ...deliveries: Delivery[]): Prepared {
  return prepare(deliveries, new Map([[one.name, one]]));
}

/** A new inbox whose rules were stored. */
function newInbox(one: IntegrationRules): Known {
  const schemas = new Map(schemasOfRules([one], new Map()).map((schema) => [schema.stream, schema]));
  return {
    newest: 0,
    incarnation: 'i1',
    retryKeys: new Set(),
    schemas,
    sequence: { mark: 0, keys: new Map() },
    confirmedTime: NOW + 10,
  };
}

/** What is known after it was written. */
function after(known: Known, { rows, retryKeys, schemas, sequence }: Written): Known {
  return {
    newest: rows.at(-1)?.position ?? known.newest,
    incarnation: known.incarnation,
    confirmedTime: known.confirmedTime,
    retryKeys: new Set([...known.retryKeys, ...retryKeys.keys()]),
    schemas: new Map([...known.schemas, ...schemas.map((schema) => [schema.stream, schema] as const)]),
    sequence,
  };
}

describe('what a batch of deliveries needs to be judged', () => {
  it('judging needs a retry key per event with a delivery id, a version key per object, and the streams', () => {
    const { needs } = prepared(web, deliveryOf([{ id: 1 }, 5], 'x'), deliveryOf({ id: 2 }));
    expect(needs.retryKeys).toHaveLength(2);
    expect(needs.versionKeys).toHaveLength(2);
    expect([...needs.streams]).toEqual(['web-data']);
  });

  it('judging needs no keys for a delivery without rules or a body that is not JSON', () => {
    const broken = { ...deliveryOf({}, 'x'), body: Buffer.from('{') };
    const { needs } = prepared(web, { ...deliveryOf({}), integration: 'other' }, broken);
    expect([needs.retryKeys, needs.versionKeys]).toEqual([[], []]);
  });
});

describe('judging', () => {
  it('judging does not change what is known', () => {
    const known = newInbox(web);
    const before = structuredClone(known);
    judge(known, prepared(web, deliveryOf({ id: 1, more: true }, 'x')), new Shapes());
    expect(known).toEqual(before);
  });

  it('judging with remembered shapes gives the same as without', () => {
    const shapes = new Shapes();
    let known = newInbox(web);
    for (const body of [{ id: 1 }, { id: 1, a: 1 }, { id: 2, a: 'x' }, { id: 2, b: { c: [1] } }]) {
      const batch = prepared(web, deliveryOf(body), deliveryOf({ id: 1 }));
      const written = judge(known, batch, shapes);
      expect(written).toEqual(judge(known, batch, new Shapes()));
      known = after(known, written);
    }
  });

  it('judging starts from what is stored when the last result did not become durable', () => {
    const shapes = new Shapes();
    const known = newInbox(web);
    judge(known, prepared(web, deliveryOf({ id: 1, lost: 1 })), shapes);
    shapes.forget();
    const { rows, schemas } = judge(known, prepared(web, deliveryOf({ id: 1, kept: 1 })), shapes);
    expect(rows).toMatchObject([{ position: 1, schemaVersion: 2 }]);
    expect(Object.keys(schemas[0]?.schema.properties as object)).toEqual(['id', 'kept']);
  });

  it('judging recognises a retry among deliveries that are judged together', () => {
    const batch = prepared(web, deliveryOf({ id: 1 }, 'x'), deliveryOf({ id: 1 }, 'x'));
    const { outcomes, retryKeys } = judge(newInbox(web), batch, new Shapes());
    expect(outcomes).toMatchObject([{ stored: 1 }, { duplicate: 1 }]);
    expect(retryKeys.size).toBe(1);
  });

  it('judging quarantines a delivery that meets a defect while columns grow, and keeps nothing of it', () => {
    const batch = prepared(web, deliveryOf({ id: 1, a: 1 }, 'x'), deliveryOf([{ id: 2, b: 1 }, {}], 'y'));
    const [first, second] = batch.deliveries;
    if (first?.kind !== 'readable' || second?.kind !== 'readable') throw new Error('not readable');
    const node = parseJson('{"id":3}');
    const defect = Object.defineProperty({ ...node }, 'members', {
      get: () => {
        throw new TypeError('made-up defect');
      },
    });
    const events = second.events.map((event, index) =>
      index === 0 ? event : { ...event, element: { ...event.element, node: defect } },
    );
    const deliveries = [first, { ...second, events }];
    const written = judge(newInbox(web), { ...batch, deliveries }, new Shapes());
    expect(written.outcomes).toMatchObject([{ stored: 1 }, { stored: 0, quarantined: 1 }]);
    expect(written.rows).toMatchObject([{ position: 1, row: '{"id":1,"a":1}' }]);
    expect(Object.keys(written.schemas[0]?.schema.properties as object)).toEqual(['id', 'a']);
    expect(written.quarantined[0]?.reason).toBe('this version of the tap cannot read the event (TypeError)');
    expect(written.retryKeys.size).toBe(1);
  });
});
