// Structured logs on stderr. Keys and signatures are never passed to it.
import { pino } from 'pino'
import type { Logger, LogLevel } from './types.ts'

function wrap(base: import('pino').Logger): Logger {
  return {
    debug: (message, fields = {}) => base.debug(fields, message),
    info: (message, fields = {}) => base.info(fields, message),
    warn: (message, fields = {}) => base.warn(fields, message),
    error: (message, fields = {}) => base.error(fields, message),
    child: (fields) => wrap(base.child(fields))
  }
}

/** JSON lines on stderr from `level` up. */
export function stderrLogger(level: LogLevel | 'silent' = 'warn'): Logger {
  return wrap(pino({ level, base: null }, pino.destination({ fd: 2, sync: true })))
}

export const silentLogger: Logger = wrap(pino({ level: 'silent' }))
