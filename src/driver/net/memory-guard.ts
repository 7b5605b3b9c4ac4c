/**
 * Keeps what this process knows out of files. It holds secrets in memory for as long as it runs, so it must leave no
 * core dump and open no debugger. What Node cannot do for itself, to be closed to other programs of the same user, is
 * left: they could read the vault's key as well.
 */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'

/** Does what can be done; resolves with what could not, for the log. */
export async function guardMemory(): Promise<readonly string[]> {
  const problems: string[] = []
  // By default this signal opens a debugger that any program of this user could use.
  process.on('SIGUSR1', ignored)
  try {
    // No mapping of ours goes into a dump, whatever the limit below is worth here.
    writeFileSync('/proc/self/coredump_filter', '0')
  } catch {
    problems.push('the contents of core dumps cannot be limited here')
  }
  // One byte and not none: a limit of one also keeps the system from starting a program that takes dumps.
  const limited = await runs('prlimit', ['--pid', String(process.pid), '--core=1:1'])
  if (!limited) problems.push('core dumps cannot be switched off here: prlimit (util-linux) is missing')
  return problems
}

function ignored(): void {}

function runs(command: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'ignore' })
    child.once('error', () => resolve(false))
    child.once('exit', (status) => resolve(status === 0))
  })
}
