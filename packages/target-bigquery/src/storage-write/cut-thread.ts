import { parentPort } from 'node:worker_threads';
import { planTable } from '../columns/plan.js';
import { type CutRows, cutRows, type RowFormat, rowFormat } from './cut-rows.js';
import { textsOf } from './requests.js';
import type { CutAnswer, CutMessage } from './row-cutter.js';

const formats = new Map<string, RowFormat>();

parentPort?.on('message', (message: CutMessage) => {
  let answer: CutAnswer;
  try {
    answer = { result: cut(message) };
  } catch (failure) {
    answer = { failure };
  }
  parentPort?.postMessage(answer, 'result' in answer ? memoryOf(answer.result) : []);
});

function cut({ table, plan, requestBytes, lines, numbers }: CutMessage): CutRows {
  if (plan !== undefined) formats.set(table, rowFormat(planTable(plan), requestBytes));
  const format = formats.get(table) as RowFormat;
  return cutRows(textsOf(lines, numbers), format, format);
}

/** What is given away, in place of a copy. */
function memoryOf({ parts }: CutRows): ArrayBuffer[] {
  return parts.flatMap((part) => (typeof part === 'number' ? [] : [part.bytes.buffer as ArrayBuffer]));
}
