/** What a running process was started with. */
import { readFileSync } from 'node:fs'

/** Its command and arguments; empty when it is gone. */
export function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
