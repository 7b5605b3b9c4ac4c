/**
 * What people are told about a rung: what holds programs there, what a failed probe means, and what puts it right.
 * The reasons are looked up on the machine, because what a program says when it fails names a call and not a cause.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Rung } from './boundary.ts'
import { findRunsc } from './gvisor/runsc.ts'

/** A reason and the command against it; empty when no command is enough. */
export interface Explanation {
  readonly missing: string
  readonly install: string
}

interface Advice {
  readonly holds: string
  /** What `problem`, as the failed probe said it, comes from. */
  explain(problem: string): Explanation
}

/** Shipped with the package, beside the folder that this file is in. */
const setUp = `bash ${fileURLToPath(new URL('../../scripts/setup-debian.sh', import.meta.url))}`

/** By rung. */
export const rungAdvice: { readonly [R in Rung]: Advice } = {
  gvisor: {
    holds: 'a kernel of its own (gVisor) inside namespaces',
    explain(problem) {
      const runsc = findRunsc(process.env)
      if (!runsc.ok) return { missing: runsc.error, install: setUp }
      return withoutNamespaces() ?? withoutBubblewrap() ?? { missing: problem, install: '' }
    },
  },
  bubblewrap: {
    holds: 'namespaces (bubblewrap) and a system call filter',
    explain: (problem) => withoutBubblewrap() ?? withoutNamespaces() ?? { missing: problem, install: '' },
  },
  landlock: {
    holds: 'Landlock and a system call filter, without namespaces; no copy-on-write views',
    explain(problem) {
      if (!problem.startsWith('landlock: ')) return { missing: problem, install: '' }
      return {
        missing: `Landlock with scopes is not there (Linux 6.12 or newer, with landlock in its lsm= list): ${problem}`,
        install: '',
      }
    },
  },
}

function withoutBubblewrap(): Explanation | null {
  return existsSync('/usr/bin/bwrap') ? null : { missing: 'bubblewrap is not installed', install: setUp }
}

/** Systems switch off user namespaces for ordinary users in three ways; root needs none of them. */
function withoutNamespaces(): Explanation | null {
  if (process.getuid?.() === 0) return null
  for (const [name, off, on] of switches) {
    if (setting(name) === off) {
      return {
        missing: `user namespaces are switched off for ordinary users (${name} is ${off})`,
        install: `sudo sysctl -w ${name}=${on}`,
      }
    }
  }
  return null
}

const switches = [
  ['kernel.unprivileged_userns_clone', '0', '1'],
  ['kernel.apparmor_restrict_unprivileged_userns', '1', '0'],
  ['user.max_user_namespaces', '0', '10000'],
] as const

function setting(name: string): string {
  try {
    return readFileSync(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').trim()
  } catch {
    return ''
  }
}
