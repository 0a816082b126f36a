import { describe, expect, it } from 'vitest';
import { findProvider, providers } from '../../../packages/tap-webhooks/dist/providers/index.js';
import { schemeProblems } from '../../../packages/tap-webhooks/dist/signatures/scheme-problems.js';
import type { Verify } from '../../../packages/tap-webhooks/dist/signatures/signature.js';
import { verifierOf } from '../../../packages/tap-webhooks/dist/signatures/verifier.js';
import { startReceiver } from '../server/receiver.js';
import { signed } from '../signatures/signed-request.js';
import { payloadsOf, type SignedSample } from './signed-sample.js';
import { signedSamples } from './signed-samples.js';

const NOW = 1_764_500_000_000;

type Sent = { readonly headers: { readonly [name: string]: string }; readonly body: Buffer };

function send(sample: SignedSample, now = NOW, stored = payloadsOf(sample.provider)[0]): Sent {
  const payload = stored ?? Buffer.alloc(0);
  const body = sample.prepare?.(payload, now) ?? payload;
  return { headers: sample.sign(body, now), body };
}

function verifierFor({ provider, secret }: SignedSample): Verify {
  const verification = findProvider(provider)?.verification ?? { scheme: 'none' };
  return verifierOf(verification, [secret]) as Verify;
}

/** Returns the positions of the bytes that a sample signs. */
function signedBytes({ signedParts }: SignedSample, body: Buffer): number[] {
  if (signedParts === 'nothing') return [];
  if (signedParts === undefined) return [...body.keys()];
  const text = body.toString('latin1');
  return signedParts.flatMap((part) => {
    const [whole = '', value = ''] = part.exec(text) ?? [];
    const start = text.indexOf(whole) + whole.lastIndexOf(value);
    return Array.from(value, (_, index) => start + index);
  });
}

/** Returns the text with another letter or digit at a position, in turn for each. */
function changed(text: string): string[] {
  return Array.from(
    text,
    (letter, at) => `${text.slice(0, at)}${letter === '7' ? '8' : '7'}${text.slice(at + 1)}`,
  );
}

describe.each(signedSamples)('a signed delivery of $provider', (sample) => {
  const verify = verifierFor(sample);

  it('is accepted', () => {
    const { headers, body } = send(sample);
    expect(verify(signed(headers, body, NOW))).not.toBeTypeOf('string');
  });

  it('is refused when any one byte of the body that is signed is another', () => {
    const { headers, body } = send(sample);
    const accepted = signedBytes(sample, body).filter((at) => {
      const other = Buffer.from(body);
      other[at] = (other[at] ?? 0) ^ 1;
      return typeof verify(signed(headers, other, NOW)) !== 'string';
    });
    expect(accepted).toEqual([]);
  });

  it.each(sample.signs)('is refused when any one character of %s is another, or it is missing', (name) => {
    const { headers, body } = send(sample);
    const accepted = changed(headers[name] ?? '').filter(
      (value) => typeof verify(signed({ ...headers, [name]: value }, body, NOW)) !== 'string',
    );
    expect(accepted).toEqual([]);
    expect(verify(signed({ ...headers, [name]: undefined }, body, NOW))).toBeTypeOf('string');
  });

  it('is refused with another secret of the same kind', () => {
    const { headers, body } = send(sample);
    const sender = findProvider(sample.provider);
    if (sender?.verification?.scheme === 'ecdsa') return;
    const other = verifierOf(sender?.verification ?? { scheme: 'none' }, [
      `${sample.secret.slice(0, -4)}AAAA`,
    ]);
    expect(other?.(signed(headers, body, NOW))).toBeTypeOf('string');
  });
});

describe.each(signedSamples.filter(({ signsUrl }) => signsUrl))(
  'a signed delivery of $provider',
  (sample) => {
    it('is refused at another URL', () => {
      const { headers, body } = send(sample);
      expect(verifierFor(sample)(signed(headers, body, NOW, { path: '/v1/shop/other' }))).toBe(
        'signature_wrong',
      );
    });
  },
);

describe('presets', () => {
  it('have a signed sample each, unless their provider proves nothing', () => {
    const proving = providers.filter(({ verification }) => verification).map(({ name }) => name);
    expect(signedSamples.map(({ provider }) => provider).sort()).toEqual(proving.sort());
  });

  it('say in their verification what users may write too', () => {
    const problems = providers.map(({ name, verification }) => [
      name,
      verification ? schemeProblems(verification) : [],
    ]);
    expect(problems).toEqual(providers.map(({ name }) => [name, []]));
  });

  it('make rows of their samples, and no second rows when the provider tries again', async () => {
    const publicUrl = 'https://hooks.example.com';
    const integrations = signedSamples.map(({ provider, secret }) => ({
      name: provider.replaceAll('-', '_'),
      provider,
      secrets: [secret],
    }));
    const receiver = await startReceiver({ integrations, publicUrl });
    for (const sample of signedSamples.filter(({ signsUrl }) => !signsUrl)) {
      const name = sample.provider.replaceAll('-', '_');
      const [payload] = payloadsOf(sample.provider);
      const { headers, body } = send(sample, Date.now(), payload);
      const first = await receiver.post(body, headers, receiver.path(name));
      expect([sample.provider, first.status]).toEqual([sample.provider, 200]);
      expect([sample.provider, JSON.parse(first.text).quarantined]).toEqual([sample.provider, 0]);
      const count = (await receiver.rows(name)).length;
      expect([sample.provider, count > 0]).toEqual([sample.provider, true]);
      const again = await receiver.post(body, headers, receiver.path(name));
      const isRecognised = findProvider(sample.provider)?.deliveryId !== undefined;
      expect([sample.provider, JSON.parse(again.text).duplicate]).toEqual([
        sample.provider,
        isRecognised ? count : 0,
      ]);
    }
  });
});
