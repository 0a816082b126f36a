import type { Field } from './fields.js';
import type { TablePlan } from './plan.js';

/**
 * The plan for people, one line a column: name, type, mode, what becomes of it, and the field it stands for, e.g.
 * ``score__st STRING NULLABLE new ← score``. Fields of RECORDs follow theirs, as dotted paths.
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
  fateOf: (path: string) => string,
  sources: ReadonlyMap<string, string>,
): string[] {
  return fields.flatMap(({ name, type, mode, fields: nested = [] }) => {
    const path = prefix + name;
    const source = sources.get(path) ?? path;
    const from = source === path ? '' : ` ← ${source}`;
    return [`${path} ${type} ${mode} ${fateOf(path)}${from}`, ...lines(nested, `${path}.`, fateOf, sources)];
  });
}

/** Fields of a new RECORD are new with it. */
function isUnder(path: string, added: ReadonlySet<string>): boolean {
  for (let dot = path.length; dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    if (added.has(path.slice(0, dot))) return true;
  }
  return false;
}
