/**
 * A program under a guardian: started, held until whoever asked says so, watched, and cleared away after. The
 * control descriptor is open as long as anything of the tree lives, so its end says that nothing does.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary, Confined, ConfinedCommand, End } from '../boundary.ts'
import type { LimitGroup } from '../limits/limit-group.ts'
import type { LimitWatch } from '../limits/watch-limits.ts'
import { watchLimits } from '../limits/watch-limits.ts'
import { guardianNumbers, guardianProgram } from './guardian.ts'
import type { Scratch } from './scratch.ts'

/** What a start needs. */
export interface GuardedStart {
  readonly boundary: Boundary
  readonly what: ConfinedCommand
  readonly scratch: Scratch
  readonly group: LimitGroup
  readonly instructions: Buffer
}

const mostControlBytes = 4_096

/** Starts the guardian and the program. On an error nothing of it lives any more. */
export async function launchGuardian(start: GuardedStart): Promise<Result<Confined, string>> {
  const spawned = spawnGuardian(start)
  if (!spawned.ok) return spawned
  const { child, control } = spawned.value
  const gone = Promise.all([first(child, 'exit', 'error'), first(control, 'close')])
  control.write(start.instructions)
  const problem = (await standing(child, control)) || (await agreed(start, child))
  if (problem !== '') {
    kill(start.group, child)
    await gone
    return err(problem)
  }
  const confined = running(start, child, gone)
  control.write('G')
  return ok(confined)
}

/** Asks whoever is to be asked before the program begins. Empty, or why it may not. */
async function agreed({ group, what }: GuardedStart, { pid = 0 }: ChildProcess): Promise<string> {
  group.enrol([pid])
  try {
    await what.beforeStart?.([pid])
    return ''
  } catch (error) {
    return `not begun: ${error instanceof Error ? error.message : String(error)}`
  }
}

function spawnGuardian({
  what,
  group,
}: GuardedStart): Result<{ readonly child: ChildProcess; readonly control: Duplex }, string> {
  const numbers = guardianNumbers[process.arch] ?? []
  const standard = typeof what.stdio === 'string' ? [what.stdio, what.stdio, what.stdio] : what.stdio
  if (standard.length > 3) return err('a program has three standard streams and no further descriptors here')
  const [command = '', ...args] = [...group.prefix, 'perl', '-e', guardianProgram, ...numbers.map(String)]
  const child = spawn(command, args, {
    stdio: [standard[0] ?? 'pipe', standard[1] ?? 'pipe', standard[2] ?? 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    cwd: '/',
  })
  const control = child.stdio[3] as Duplex
  control.on('error', () => {
    // It ends with the guardian, and `standing` and `ended` see that.
  })
  return ok({ child, control })
}

/** Waits until the program stands. Empty, or what is wrong. */
async function standing(child: ChildProcess, control: Duplex): Promise<string> {
  let text = ''
  return new Promise((resolve) => {
    const finish = (problem: string): void => {
      control.off('data', read)
      control.resume()
      resolve(problem)
    }
    const read = (bytes: Buffer): void => {
      text += bytes.toString('utf8')
      if (text === 'standing\n') finish('')
      else if (text.startsWith('error ') && text.endsWith('\n')) finish(text.slice(6, -1))
      else if (text.length > mostControlBytes) finish('the guardian said what it never says')
    }
    control.on('data', read)
    child.once('error', (error) => finish(`cannot start the guardian: ${error.message}`))
    control.once('close', () =>
      finish(text === '' ? 'the guardian ended before the program stood' : text.trim()),
    )
  })
}

function running(start: GuardedStart, child: ChildProcess, gone: Promise<unknown>): Confined {
  const { group, boundary, scratch } = start
  let limit = ''
  const watch: LimitWatch = watchLimits({
    group,
    limits: boundary.limits,
    folders: [scratch.folder],
    onExceeded(exceeded) {
      limit = exceeded
      kill(group, child)
    },
  })
  const finish = async (): Promise<End> => {
    await gone
    watch.stop()
    if (limit === '' && group.oomKilled()) limit = 'memory'
    await group.remove()
    scratch.remove()
    return { status: child.exitCode, signal: child.signalCode, limit }
  }
  return {
    rung: 'landlock',
    child,
    pids: [child.pid ?? 0],
    ended: finish(),
    usage: () => watch.usage(),
    kill: () => kill(group, child),
  }
}

function kill(group: LimitGroup, child: ChildProcess): void {
  child.kill('SIGKILL')
  group.killAll()
}

/** Resolves at the first of `events`. */
function first(source: ChildProcess | Duplex, ...events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    for (const event of events) source.once(event, () => resolve())
  })
}
