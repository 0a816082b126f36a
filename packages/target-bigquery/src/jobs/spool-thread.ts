import { parentPort } from 'node:worker_threads';
import { planTable } from '../columns/plan.js';
import { rowWriter } from '../rows/row-writer.js';
import { writeSpool } from './spool.js';
import type { SpoolAnswer, SpoolRequest } from './spooler.js';

parentPort?.on('message', async ({ rows, plan }: SpoolRequest) => {
  let answer: SpoolAnswer;
  try {
    answer = { result: await writeSpool(rows, rowWriter(planTable(plan))) };
  } catch (failure) {
    const { code, message } = failure as NodeJS.ErrnoException; // what is posted loses all but the message
    answer = { failure: { ...(code === undefined ? {} : { code }), message } };
  }
  parentPort?.postMessage(answer);
});
