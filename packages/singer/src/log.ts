import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { pino } from 'pino';
import { standardError } from './standard-error.js';
import { visible, visibleLines } from './visible.js';

/**
 * The log: structured lines on stderr. Only names, counts and codes are logged, never payloads, secrets or URLs.
 * The field `stream` becomes Singer's `stream_name`; every other field goes to `extra`.
 */
export interface Logger {
  debug: Log;
  info: Log;
  warn: Log;
  error: Log;
  /** A logger that adds these fields to each of its lines. */
  child(fields: Fields): Logger;
}

interface Log {
  (fields: Fields, message: string): void;
  (message: string): void;
}

interface Fields {
  readonly stream?: string;
  readonly [field: string]: unknown;
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** A logger that hands each line to a function, with the fields of the line and of its `child`. */
export function loggerOf(
  write: (level: Level, fields: Fields, message: string) => void,
  bound: Fields = {},
): Logger {
  const at = (level: Level): Log => {
    return (first: Fields | string, message?: string) => {
      if (typeof first === 'string') write(level, bound, first);
      else write(level, { ...bound, ...first }, message ?? '');
    };
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerOf(write, { ...bound, ...fields }),
  };
}

/**
 * The logger of a program. Its level is `<PROGRAM>_LOGLEVEL`, else `LOGLEVEL`, else what Meltano's `SINGER_SDK_LOG_CONFIG` names,
 * else info. On a terminal lines are for people; otherwise each is one JSON object with the eight keys that Meltano demands of a
 * structured line (level, pid, logger_name, ts, thread_name, app_name, stream_name, message) and `extra`.
 */
export function createLogger(program: string, env: NodeJS.ProcessEnv = process.env): Logger {
  const base = { pid: process.pid, logger_name: program, thread_name: 'main', app_name: program };
  const log = pino(
    {
      base,
      level: levelFor(program, env),
      messageKey: 'message',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label === 'warn' ? 'warning' : label }) },
    },
    isatty(2) ? { write: writeForPeople } : { write: writeForPrograms },
  );
  const logger = loggerOf((level, { stream = null, ...extra }, message) => {
    log[level]({ stream_name: stream, ...(Object.keys(extra).length > 0 ? { extra } : {}) }, message);
  });
  standardError.onDropped = (lines) => {
    logger.warn({ lines }, 'Log lines were dropped, since nobody read standard error');
  };
  return logger;
}

function writeForPrograms(line: string): void {
  // JSON leaves some characters as they are that a terminal obeys, and somebody may look at the file later.
  standardError.write(`${visible(line.trimEnd())}\n`, isError(line));
}

const LEVELS: ReadonlyMap<string, string> = new Map([
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['critical', 'error'],
]);

function levelFor(program: string, env: NodeJS.ProcessEnv): string {
  const own = env[`${program.toUpperCase().replaceAll('-', '_')}_LOGLEVEL`];
  const asked = own || env.LOGLEVEL || levelOfMeltano(env) || 'info';
  return LEVELS.get(asked.toLowerCase()) ?? 'info';
}

function levelOfMeltano(env: NodeJS.ProcessEnv): string | undefined {
  const path = env.SINGER_SDK_LOG_CONFIG;
  if (!path) return undefined;
  try {
    const level = JSON.parse(readFileSync(path, 'utf8'))?.root?.level;
    return typeof level === 'string' ? level : undefined;
  } catch {
    return undefined; // an unreadable log config must not keep the program from running
  }
}

function writeForPeople(line: string): void {
  standardError.write(lineForPeople(line), isError(line));
}

/** The line begins with its level, as pino writes it. */
function isError(line: string): boolean {
  return line.startsWith('{"level":"error"');
}

/** Returns a line as people read it. @param line as pino writes it. */
export function lineForPeople(line: string): string {
  const { ts, level, message, stream_name: stream, extra } = JSON.parse(line);
  const fields = Object.entries({ ...(stream ? { stream } : {}), ...extra })
    .map(
      ([name, value]) =>
        ` ${visible(`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)}`,
    )
    .join('');
  const begin = `\r\x1b[K${ts.slice(11, 19)} ${level.toUpperCase().padEnd(7)}`;
  return `${begin} ${visibleLines(message, '  ')}${fields}\n`;
}
