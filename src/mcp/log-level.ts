/** The levels of log messages (RFC 5424), least severe first. */

/** One level. */
export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical' | 'alert' | 'emergency'

/** Every level, least severe first. */
export const logLevels: readonly LogLevel[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]

/** True for the name of a level. */
export function isLogLevel(value: unknown): value is LogLevel {
  return logLevels.includes(value as LogLevel)
}

/** True when a message of `level` is wanted by whoever asked for `wanted` and above. */
export function isWanted(level: LogLevel, wanted: LogLevel): boolean {
  return logLevels.indexOf(level) >= logLevels.indexOf(wanted)
}
