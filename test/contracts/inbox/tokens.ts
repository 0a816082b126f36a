import { describe, expect, it } from 'vitest';
import { append, type InboxSubject, NOW, openWith } from './subject.js';

const sha256 = (n: number) => n.toString(16).padStart(64, '0');

/** Tests URL tokens. An integration has at most two live ones, so that one can be rotated out. */
export function testTokens(subject: InboxSubject): void {
  describe('tokens', () => {
    it('tokens are live from the moment they are created', async () => {
      const { inbox } = await openWith(subject);
      const token = await inbox.addToken('web', sha256(1), NOW);
      expect(token).toEqual({
        id: token.id,
        integration: 'web',
        sha256: sha256(1),
        createdAt: NOW,
        lastUsedAt: null,
        revokedAt: null,
      });
      expect(await inbox.liveTokens()).toEqual([token]);
    });

    it('tokens are limited to two live ones per integration', async () => {
      const { inbox } = await openWith(subject);
      await inbox.addToken('web', sha256(1), NOW);
      await inbox.addToken('web', sha256(2), NOW);
      await expect(inbox.addToken('web', sha256(3), NOW)).rejects.toMatchObject({ code: 'too_many_urls' });
      await inbox.addToken('other', sha256(4), NOW);
      expect(await inbox.liveTokens()).toHaveLength(3);
    });

    it('tokens can be added again after one was revoked', async () => {
      const { inbox } = await openWith(subject);
      const first = await inbox.addToken('web', sha256(1), NOW);
      const second = await inbox.addToken('web', sha256(2), NOW);
      expect(await inbox.revokeToken('web', first.id, NOW + 5)).toBe(true);
      const third = await inbox.addToken('web', sha256(3), NOW + 6);
      expect(third.id).not.toBe(first.id);
      expect(await inbox.liveTokens()).toEqual([second, third]);
      expect(await inbox.tokensOf('web')).toEqual([{ ...first, revokedAt: NOW + 5 }, second, third]);
    });

    it('tokens are revoked once, and only through their own integration', async () => {
      const { inbox } = await openWith(subject);
      const { id } = await inbox.addToken('web', sha256(1), NOW);
      expect(await inbox.revokeToken('other', id, NOW)).toBe(false);
      expect(await inbox.revokeToken('web', id + 1, NOW)).toBe(false);
      expect(await inbox.revokeToken('web', id, NOW)).toBe(true);
      expect(await inbox.revokeToken('web', id, NOW + 1)).toBe(false);
      expect(await inbox.tokensOf('web')).toMatchObject([{ revokedAt: NOW }]);
    });

    it('tokens tell when they were last used', async () => {
      const { inbox } = await openWith(subject);
      const { id } = await inbox.addToken('web', sha256(1), NOW);
      await append(inbox, {}, { tokenId: id, receivedAt: NOW + 10 });
      expect(await inbox.tokensOf('web')).toMatchObject([{ lastUsedAt: NOW + 10 }]);
      await append(inbox, '5', { tokenId: id, receivedAt: NOW + 5000 });
      expect(await inbox.tokensOf('web')).toMatchObject([{ lastUsedAt: NOW + 5000 }]);
    });

    it('tokens tell when they were last used after the clock was set back', async () => {
      const { inbox } = await openWith(subject);
      const { id } = await inbox.addToken('web', sha256(1), NOW);
      await append(inbox, {}, { tokenId: id, receivedAt: NOW });
      await append(inbox, {}, { tokenId: id, receivedAt: NOW - 60_000 });
      expect(await inbox.tokensOf('web')).toMatchObject([{ lastUsedAt: NOW - 60_000 }]);
    });

    it('tokens are kept over a restart', async () => {
      const { inbox, reopen } = await openWith(subject);
      const token = await inbox.addToken('web', sha256(1), NOW);
      expect(await (await reopen()).liveTokens()).toEqual([token]);
    });
  });
}
