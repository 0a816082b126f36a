import type {
  AlterType,
  Condition,
  Either,
  Groups,
  InsertNothing,
  Operand,
  Operator,
  Select,
  Selected,
  Statement,
  TableName,
} from './syntax.js';
import { Tokens } from './tokens.js';

/** Recognises the few statements that this server knows. @throws Refusal 400 `invalidQuery` for any other. */
export function parseStatement(sql: string): Statement {
  const tokens = new Tokens(sql.trim().replace(/;$/, ''));
  const statement = statementOf(tokens);
  if (tokens.next.kind !== 'end') throw tokens.unexpected('end of input');
  return statement;
}

function statementOf(tokens: Tokens): Statement {
  if (tokens.accept('ALTER', 'TABLE')) return alter(tokens);
  if (tokens.accept('INSERT', 'INTO')) return insert(tokens);
  tokens.expect('SELECT');
  return tokens.next.kind === 'number' ? { kind: 'constant', value: tokens.take().text } : select(tokens);
}

function insert(tokens: Tokens): InsertNothing {
  const into = tableName(tokens);
  tokens.expect('(');
  const columns = list(tokens, () => tokens.identifier());
  tokens.expect(')', 'SELECT');
  const from = select(tokens);
  if (!from.isNothing || from.from.table !== into.table)
    throw tokens.unexpected('WHERE FALSE of the same table');
  return { kind: 'insert', into, columns, select: from };
}

function alter(tokens: Tokens): AlterType {
  const table = tableName(tokens);
  tokens.expect('ALTER', 'COLUMN');
  const column = tokens.identifier();
  tokens.expect('SET', 'DATA', 'TYPE');
  return { kind: 'alter', table, column, type: tokens.identifier().toUpperCase() };
}

/** Reads the rest of a statement after the word SELECT. */
function select(tokens: Tokens): Select {
  const selected = list(tokens, selectedOf);
  tokens.expect('FROM');
  const from = tableName(tokens);
  const where: Array<Condition | Either> = [];
  const isNothing = tokens.accept('WHERE', 'FALSE');
  if (!isNothing && tokens.accept('WHERE')) {
    do where.push(...(tokens.accept('(') ? [either(tokens)] : condition(tokens)));
    while (tokens.accept('AND'));
  }
  const groups = tokens.accept('GROUP', 'BY') ? groupsOf(tokens) : undefined;
  if (groups !== undefined)
    return { kind: 'select', isNothing, selected, from, where, groups, orderBy: [], limit: undefined };
  const orderBy = tokens.accept('ORDER', 'BY') ? list(tokens, orderOf) : [];
  const limit = tokens.accept('LIMIT') ? Number(tokens.take().text) : undefined;
  if (limit !== undefined && !Number.isInteger(limit)) throw tokens.unexpected('a number');
  return { kind: 'select', isNothing, selected, from, where, groups, orderBy, limit };
}

function groupsOf(tokens: Tokens): Groups {
  const by = tokens.identifier();
  tokens.expect('HAVING', 'COUNTIF', '(');
  const [without, more] = condition(tokens);
  if (without === undefined || more !== undefined) throw tokens.unexpected('one condition');
  tokens.expect(')', '=');
  const { kind, text } = tokens.take();
  if (kind !== 'number' || text !== '0') throw tokens.unexpected('0');
  return { by, without };
}

function list<T>(tokens: Tokens, item: (tokens: Tokens) => T): T[] {
  const items = [item(tokens)];
  while (tokens.accept(',')) items.push(item(tokens));
  return items;
}

function selectedOf(tokens: Tokens): Selected {
  if (tokens.accept('*')) return { kind: 'all' };
  const selected = aggregate(tokens) ?? { kind: 'column' as const, column: tokens.identifier() };
  return tokens.accept('AS') ? { ...selected, alias: tokens.identifier() } : selected;
}

function aggregate(tokens: Tokens): Selected | undefined {
  if (tokens.accept('COUNT', '(', '*', ')')) return { kind: 'count' };
  for (const kind of ['max', 'min', 'count'] as const) {
    if (!tokens.accept(kind.toUpperCase(), '(')) continue;
    const column = tokens.identifier();
    tokens.expect(')');
    return { kind, column };
  }
  return undefined;
}

function orderOf(tokens: Tokens): { column: string; descending: boolean } {
  const column = tokens.identifier();
  const descending = tokens.accept('DESC');
  if (!descending) tokens.accept('ASC');
  return { column, descending };
}

/** Reads the rest of `(a OR b)`. */
function either(tokens: Tokens): Either {
  const sides = [condition(tokens)];
  while (tokens.accept('OR')) sides.push(condition(tokens));
  tokens.expect(')');
  return { kind: 'either', sides };
}

/** Reads a condition. BETWEEN becomes two comparisons. */
function condition(tokens: Tokens): Condition[] {
  const column = tokens.identifier();
  if (tokens.accept('IS', 'NOT', 'NULL')) return [{ kind: 'null', column, isNull: false }];
  if (tokens.accept('IS', 'NULL')) return [{ kind: 'null', column, isNull: true }];
  if (tokens.accept('BETWEEN')) {
    const low: Condition = { kind: 'compare', column, operator: '>=', operand: operand(tokens) };
    tokens.expect('AND');
    return [low, { kind: 'compare', column, operator: '<=', operand: operand(tokens) }];
  }
  if (tokens.accept('IN', 'UNNEST', '(')) {
    const values = operand(tokens);
    tokens.expect(')');
    return [{ kind: 'in', column, operands: [values] }];
  }
  if (tokens.accept('IN', '(')) {
    const operands = list(tokens, operand);
    tokens.expect(')');
    return [{ kind: 'in', column, operands }];
  }
  const sign = tokens.take().text;
  const operator = sign === '<>' ? '!=' : sign;
  if (!['=', '!=', '<', '<=', '>', '>='].includes(operator)) throw tokens.unexpected('a comparison');
  return [{ kind: 'compare', column, operator: operator as Operator, operand: operand(tokens) }];
}

function operand(tokens: Tokens): Operand {
  const minus = tokens.accept('-') ? '-' : '';
  const { kind, text } = tokens.take();
  if (kind === 'number')
    return { kind: 'literal', type: text.includes('.') ? 'FLOAT64' : 'INT64', text: minus + text };
  if (minus === '' && kind === 'parameter') return { kind: 'parameter', name: text };
  if (minus === '' && kind === 'string') return { kind: 'literal', type: 'STRING', text };
  if (minus === '' && /^(true|false)$/i.test(text))
    return { kind: 'literal', type: 'BOOL', text: text.toLowerCase() };
  throw tokens.unexpected('a value');
}

/** Placeholder for the dataset's list of tables. No table can have this name. */
export const TABLES_VIEW = 'INFORMATION_SCHEMA/TABLES';

/** Reads `project.dataset.table` in one pair of backticks, in several, or without any. A project may have dashes. */
function tableName(tokens: Tokens): TableName {
  let text = tokens.identifier();
  while (tokens.accept('.')) text += `.${tokens.identifier()}`;
  const parts = text.replace(/\.INFORMATION_SCHEMA\.TABLES$/i, `.${TABLES_VIEW}`).split('.');
  const [table = '', dataset = '', project] = parts.reverse();
  if (parts.length < 2 || parts.length > 3) {
    throw tokens.unexpected('a table name qualified with a dataset');
  }
  return { project, dataset, table };
}
