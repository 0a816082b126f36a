import { describe, expect, it } from 'vitest';
import { localUrl, webhookUrl } from '../../../packages/tap-webhooks/dist/names.js';
import { newToken, tokenDigest } from '../../../packages/tap-webhooks/dist/server/token-cache.js';

describe('tokens', () => {
  it('have 256 bits, as hexadecimal digits', () => {
    expect(newToken()).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are never the same', () => {
    expect(new Set(Array.from({ length: 100 }, newToken)).size).toBe(100);
  });

  it('are stored as SHA-256', () => {
    // FIPS 180-2, example B.1
    expect(tokenDigest('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('a webhook URL', () => {
  it('has the path that never changes', () => {
    expect(webhookUrl('https://hooks.example.com', 'stitch_delighted', 'abc')).toBe(
      'https://hooks.example.com/v1/stitch_delighted/abc',
    );
  });

  it('keeps a path that a proxy removes', () => {
    expect(webhookUrl('https://example.com/hooks/', 'shop', 'abc')).toBe(
      'https://example.com/hooks/v1/shop/abc',
    );
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:8080'],
    ['0.0.0.0', 'http://127.0.0.1:8080'],
    ['::', 'http://[::1]:8080'],
    ['::1', 'http://[::1]:8080'],
    ['localhost', 'http://localhost:8080'],
  ])('on this machine, listening on %s, begins with %s', (host, url) => {
    expect(localUrl(host, 8080)).toBe(url);
  });
});
