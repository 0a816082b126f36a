import type { RowEncoder } from '../schema/encode.js';
import type { TablePlan } from '../schema/plan.js';
import type { CutLimits } from './cut-rows.js';
import { type Descriptor, describe, descriptorBytes } from './descriptor.js';
import { ProtoEncoder } from './proto-encode.js';

/** The service takes requests of 10 MB ("Quotas and limits", Storage Write API); the rest is left for what frames the rows. */
export const REQUEST_BYTES = 9_000_000;
/** Requests are filled up to that, so that several are under way. */
const USUAL_BYTES = 512 * 1024;

/** How rows are written for the columns that a table has. */
export interface RowFormat extends CutLimits {
  readonly descriptor: Descriptor;
  readonly encode: RowEncoder;
  readonly proto: ProtoEncoder;
}

/** @param maxRequestBytes limit of a request with the description of the rows, which any one may have to carry. */
export function rowFormat({ fields, encode }: TablePlan, maxRequestBytes: number): RowFormat {
  const descriptor = describe(fields);
  const rowBytes = maxRequestBytes - descriptorBytes(descriptor);
  return {
    descriptor,
    encode,
    proto: new ProtoEncoder(fields),
    requestBytes: Math.min(USUAL_BYTES, rowBytes),
    rowBytes,
  };
}
