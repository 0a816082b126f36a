import { describe, expect, it } from 'vitest';
import { append, type InboxSubject, openWith, rowsOf, rules } from './subject.js';

const SENT: ReadonlyArray<readonly [what: string, body: string]> = [
  ['an integer of 19 digits', '{"id":9223372036854775807}'],
  ['a decimal of 30 digits', '{"amount":0.123456789012345678901234567891}'],
  ['how a number was written', '{"a":1.50,"b":1E2}'],
  ['escapes', '{"a":"\\u0041\\/\\n"}'],
  ['an escaped NUL', '{"a":"x\\u0000y"}'],
  ['half a surrogate pair, escaped', '{"a":"\\ud800"}'],
  ['text of many alphabets', '{"ключ":"値 🎉"}'],
  ['names that JavaScript knows', '{"__proto__":{"a":1},"constructor":2}'],
  ['null, and lists and objects with nothing in them', '{"a":null,"b":[],"c":{}}'],
];

/** Tests that a row is what was sent, digit for digit. */
export function testLossless(subject: InboxSubject): void {
  describe('what was sent', () => {
    it('each body is kept as it was sent', async () => {
      const integrations = SENT.map((_, index) => `web${index}`);
      const { inbox } = await openWith(subject, ...integrations.map((name) => rules({ name })));
      for (const [index, [what, body]] of SENT.entries()) {
        const integration = `web${index}`;
        await append(inbox, body, { integration });
        expect([what, await rowsOf(inbox, `${integration}-data`)]).toEqual([what, [body]]);
      }
    });

    it('elements of an array are kept as they were sent', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, '[{"id":9223372036854775807},{"__proto__":"x"}]');
      expect(await rowsOf(inbox)).toEqual(['{"id":9223372036854775807}', '{"__proto__":"x"}']);
    });

    it('white space and earlier values of a repeated name are dropped', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, '{ "a" : 1 ,\n "b": [ 2 ], "a": 3 }');
      expect(await rowsOf(inbox)).toEqual(['{"a":3,"b":[2]}']);
    });

    it('a sender cannot choose the identity of its rows', async () => {
      const { inbox } = await openWith(subject);
      await append(inbox, '{"_sdc_position":99,"__sdc_primary_key":"mine"}');
      const [row = ''] = await rowsOf(inbox);
      expect(Object.keys(JSON.parse(row))).not.toContain('_sdc_position');
      expect(Object.keys(JSON.parse(row))).not.toContain('__sdc_primary_key');
    });

    it('a body of 20 MB is taken', async () => {
      const { inbox } = await openWith(subject, rules());
      const body = `{"a":"${'x'.repeat(20 * 1024 * 1024)}"}`;
      await append(inbox, body);
      expect((await rowsOf(inbox))[0]).toHaveLength(body.length);
    });
  });
}
