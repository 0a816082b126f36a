import type { Labels } from '../api/service.js';

/** Labels that show the cost of a stream, in addition to the user's own. An integration is known by its dataset. */
export function jobLabels(own: Labels, stream: string, dataset: string): Labels {
  return {
    ...own,
    target: 'target-bigquery',
    stream: labelValue(stream),
    integration: labelValue(dataset),
  };
}

/** "Requirements for labels": at most 63 characters, lower case letters, digits, `_` and `-`. */
function labelValue(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '_')
    .slice(0, 63);
}
