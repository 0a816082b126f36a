import { describe, expect, it } from 'vitest';
import { LARGE_BYTES } from '../../../packages/tap-webhooks/src/inbox/decode.js';
import { type Delivery, InboxUnavailable } from '../../../packages/tap-webhooks/src/inbox/inbox.js';
import { GroupCommit } from '../../../packages/tap-webhooks/src/inbox/sqlite/threads/group-commit.js';

const neverFitted = () => new Promise<undefined>(() => {});

/** Returns group commits of which each delivery becomes one row. */
function commits(fit: (delivery: Delivery) => Promise<undefined> = neverFitted): GroupCommit {
  const stored = { kind: 'taken', stored: 1, duplicate: 0, filtered: 0, quarantined: 0 };
  return new GroupCommit(
    async ({ deliveries }) => ({
      outcomes: JSON.stringify((JSON.parse(deliveries) as unknown[]).map(() => stored)),
      newest: 1,
    }),
    () => {},
    fit,
  );
}

function delivery(bytes: number): Delivery {
  return { integration: 'web', receivedAt: 0, body: Buffer.alloc(bytes, ' ') };
}

describe('closing the group commits', () => {
  it('refuses a large body that takes too long to be fitted, and stores what waits beside it', async () => {
    const group = commits();
    const large = group.append(delivery(LARGE_BYTES));
    const refused = expect(large).rejects.toThrow(InboxUnavailable);
    const small = group.append(delivery(10));
    await group.close(0);
    await refused;
    expect(await small).toMatchObject({ kind: 'taken', stored: 1 });
  });

  it('waits for a large body that is fitted in time', async () => {
    const group = commits(async () => undefined);
    const large = group.append(delivery(LARGE_BYTES));
    await group.close();
    expect(await large).toMatchObject({ kind: 'taken', stored: 1 });
  });
});
