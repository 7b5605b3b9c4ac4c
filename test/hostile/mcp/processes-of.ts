/** Finds processes by a word of their command line: numbers mean something else inside a container. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Ids of all processes that have `word` on their command line, this one excepted. */
export function processesOf(word: string): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && commandLine(pid).includes(word))
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    // It ended in between.
    return []
  }
}

/** The most memory that a process ever used, in MiB; 0 when there is no such process. */
export function peakMebibytes(pid: number): number {
  const file = `/proc/${pid}/status`
  if (!existsSync(file)) return 0
  return Number(/VmHWM:\s+(?<kib>\d+)/u.exec(readFileSync(file, 'utf8'))?.groups?.['kib'] ?? 0) / 1024
}
