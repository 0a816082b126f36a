import type { Logger } from '@tap-webhooks/singer';

/** Settings of the Meltano Hub's target-bigquery that have another name, or no need, here. */
const ELSEWHERE: { readonly [setting: string]: string } = {
  denormalized:
    'denormalized is not a setting here: fields get columns of their own (as with true); for one JSON column (as with false) set `raw` to true',
  generate_view:
    'generate_view is not a setting here: set `latest_view`, which keeps a view of the latest version of each key',
};

/** Says which settings are not known here, and what to set in place of those of the most used target for BigQuery. */
export function warnOfUnknown(log: Logger): (settings: readonly string[]) => void {
  return (settings) => {
    log.warn({ settings }, 'settings that target-bigquery does not have are ignored');
    for (const name of settings) if (Object.hasOwn(ELSEWHERE, name)) log.warn(ELSEWHERE[name] as string);
  };
}
