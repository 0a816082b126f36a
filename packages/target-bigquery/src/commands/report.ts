import { type Output, visible } from '@tap-webhooks/singer';
import type { BigQueryService } from '../api/service.js';
import { isKind } from '../api/service-error.js';
import type { TablePlan } from '../columns/plan.js';
import type { Field } from '../columns/types.js';
import type { Config } from '../config.js';
import { whyFailed } from '../errors.js';

export interface CheckContext {
  readonly service: BigQueryService;
  readonly config: Config;
  readonly report: Report;
}

/** Prints what a check finds, line by line. */
export class Report {
  /** Number of lines marked FAIL. */
  problems = 0;
  readonly #out: Pick<Output, 'write'>;

  constructor(out: Pick<Output, 'write'>) {
    this.#out = out;
  }

  async ok(text: string): Promise<void> {
    await this.#out.write(`ok    ${visible(text)}`);
  }

  /** Prints something that is not wrong, but worth knowing. */
  async note(text: string): Promise<void> {
    await this.#out.write(`note  ${visible(text)}`);
  }

  async fail(text: string): Promise<void> {
    this.problems += 1;
    await this.#out.write(`FAIL  ${visible(text)}`);
  }

  /** Prints lines that belong to the line before them. */
  async detail(lines: readonly string[]): Promise<void> {
    for (const line of lines) await this.#out.write(`        ${visible(line)}`);
  }
}

/**
 * Asks BigQuery whether a statement would be allowed, without running it.
 * @param proves completes "ok": what an answer proves.
 * @param needed permission without which it is refused.
 */
export async function dryRun(
  service: BigQueryService,
  report: Report,
  sql: string,
  location: string | undefined,
  proves: string,
  needed: string,
): Promise<void> {
  try {
    await service.query(sql, {}, { dryRun: true, ...(location === undefined ? {} : { location }) });
    await report.ok(`${proves} (by a dry run)`);
  } catch (error) {
    // The sandbox refuses any DML; an emulator may not know the statement.
    const isOther =
      isKind(error, 'invalid') || (isKind(error, 'denied') && error.reason === 'billingNotEnabled');
    if (isOther) await report.note(`it is unknown whether ${proves}: ${error.reason}`);
    else await report.fail(`no proof that ${proves}: ${whyFailed(error, needed)}`);
  }
}

/**
 * The plan for people, one line per column: name, type, mode, what happens to it, and its field where that has another name,
 * e.g. `score__st STRING NULLABLE new ← score`. Fields of a RECORD follow it, as dotted paths.
 */
export function describePlan({ fields, added, widened, sources }: TablePlan): string[] {
  const isNew = new Set(added);
  const isWidened = new Set(widened.map(({ column }) => column));
  return lines(
    fields,
    '',
    (path) => {
      if (isWidened.has(path)) return 'widened';
      return isUnder(path, isNew) ? 'new' : 'existing';
    },
    sources,
  );
}

function lines(
  fields: readonly Field[],
  prefix: string,
  changeOf: (path: string) => string,
  sources: ReadonlyMap<string, string>,
): string[] {
  return fields.flatMap(({ name, type, mode, fields: nested = [] }) => {
    const path = prefix + name;
    const source = sources.get(path) ?? path;
    const from = source === path ? '' : ` ← ${source}`;
    return [
      `${path} ${type} ${mode} ${changeOf(path)}${from}`,
      ...lines(nested, `${path}.`, changeOf, sources),
    ];
  });
}

/** Fields of a new RECORD are new with it. */
function isUnder(path: string, added: ReadonlySet<string>): boolean {
  for (let dot = path.length; dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    if (added.has(path.slice(0, dot))) return true;
  }
  return false;
}
