import type { TablePlan } from '../columns/plan.js';
import type { Field } from '../columns/types.js';

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
