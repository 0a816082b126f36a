import { expect, test } from 'vitest';
import { Http } from '../../../packages/target-bigquery/dist/api/http.js';

test('a mistake in a request of ours is thrown as it is, and not taken for a network that fails', async () => {
  const http = new Http({ authClient: {} } as never);
  const send = http.send({ method: 'POST', url: 'http://127.0.0.1:9', body: { rows: 1n } });
  await expect(send).rejects.toThrow(TypeError);
  await expect(send).rejects.not.toHaveProperty('kind');
});
