import { describe, expect, it, onTestFinished } from 'vitest';
import { append, type InboxSubject, openWith } from './subject.js';

/** Tests who may create an inbox, and who opens it exclusively. */
export function testOpening(subject: InboxSubject): void {
  describe('opening', () => {
    it('opening in any role tells that there is no inbox, and creates none', async () => {
      const driver = subject.driver();
      const none = { code: 'no_inbox', exitCode: 1 };
      for (let n = 0; n < 2; n += 1) {
        await expect(driver.reader()).rejects.toMatchObject(none);
        await expect(driver.admin()).rejects.toMatchObject(none);
        await expect(driver.writer()).rejects.toMatchObject(none);
      }
    });

    it('opening as an admin can create an inbox, which the writer then opens', async () => {
      const driver = subject.driver();
      const admin = await driver.admin({ create: true });
      await admin.addToken('web', 'a'.repeat(64), 0);
      await admin.close();
      const inbox = await driver.writer();
      onTestFinished(() => inbox.close());
      expect(await inbox.liveTokens()).toHaveLength(1);
    });

    it('opening as a writer is possible for one at a time', async () => {
      const { inbox, driver } = await openWith(subject);
      await expect(driver.writer({ create: true })).rejects.toMatchObject({ code: 'locked', exitCode: 4 });
      await inbox.close();
      const next = await driver.writer();
      await next.close();
    });

    it('opening as a reader or an admin is possible beside a writer', async () => {
      const { inbox, driver } = await openWith(subject);
      await append(inbox, { n: 1 });
      const [reader, admin] = [await driver.reader(), await driver.admin()];
      expect(await reader.newest()).toBe(1);
      expect(await reader.incarnations()).toEqual(await inbox.incarnations());
      const { id } = await admin.addToken('web', 'b'.repeat(64), 0);
      expect(await inbox.liveTokens()).toMatchObject([{ id }]);
      await reader.close();
      await admin.close();
    });
  });
}
