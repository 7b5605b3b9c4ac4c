/**
 * The other end of judging processes: starts them, asks them, and ends those that are stuck. A process that crashes,
 * runs out of memory or never answers under a mutant has noticed it too, but is not asked again.
 */
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { getPriority, setPriority } from 'node:os'
import { join } from 'node:path'
import type { JudgingFile, JudgingReply, JudgingRequest, JudgingTest } from './judging-message.ts'

/** What tests said of one mutant. */
export interface Verdict {
  readonly fate: 'killed' | 'timed-out' | 'survived'
  /** The test that noticed, or null. */
  readonly by: JudgingTest | null
  /** It says nothing: the process was not clean. */
  readonly isSpoiled: boolean
}

/** One judging process. */
export interface Judging {
  read(file: string): Promise<JudgingFile | null>
  /** `patience` multiplies the time that each test has. */
  judge(mutant: string, tests: readonly JudgingTest[], patience?: number): Promise<Verdict>
  /** False once it crashed, was stuck or was ended. */
  isUsable(): boolean
  end(): void
}

/** Slowness by itself kills nothing: a test has this long, and as many times what it takes, before it is stuck. */
const leastLimitMs = 10_000
const limitFactor = 20
const readLimitMs = 10 * 60_000
const heapMiB = 1_536
/** The machine is for whoever works at it. */
const niceness = 10

/** A test that never ends would outlive whoever asked for it. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** How a process is started: with one mutant on for good, or noting what is met. */
export interface JudgingStart {
  readonly mutant?: string
  readonly isNoting?: boolean
}

/** Starts a judging process in an instrumented tree. */
export function startJudging(root: string, { mutant, isNoting = false }: JudgingStart = {}): Judging {
  const noting = isNoting ? ['--import', 'data:text/javascript,globalThis.__custosMet__=new Set()'] : []
  const child = fork(join(root, 'test/mutants/judging-process.ts'), {
    cwd: root,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [`--max-old-space-size=${heapMiB}`, ...noting],
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: join(root, '.compiled'),
      ...(mutant === undefined ? {} : { __STRYKER_ACTIVE_MUTANT__: mutant }),
    },
  })
  let isUsable = true
  running.add(child)
  for (const gone of ['exit', 'error'] as const)
    child.once(gone, () => {
      isUsable = false
      running.delete(child)
    })
  if (child.pid !== undefined) setPriority(child.pid, Math.max(niceness, getPriority()))
  const end = (): void => {
    isUsable = false
    child.kill('SIGKILL')
  }
  return {
    isUsable: () => isUsable,
    end,
    async read(file) {
      const asked = await ask(child, { do: 'read', file }, () => readLimitMs)
      if (asked.reply?.is === 'read') return asked.reply.file
      end()
      return null
    },
    async judge(id, tests, patience = 1) {
      const limitOf = (place: number): number =>
        patience * Math.max(leastLimitMs, limitFactor * (tests[place]?.takesMs ?? 0))
      const places = tests.map(({ file, index }) => ({ file, index }))
      const { reply, at, isStuck } = await ask(child, { do: 'judge', mutant: id, tests: places }, limitOf)
      if (reply?.is === 'judged') {
        const { failedAt, isSpoiled } = reply
        const by = failedAt === null ? null : (tests[failedAt] ?? null)
        return { fate: failedAt === null ? 'survived' : 'killed', by, isSpoiled }
      }
      end()
      // A crash may be of something that an earlier mutant left behind.
      return { fate: isStuck ? 'timed-out' : 'killed', by: tests[at] ?? null, isSpoiled: !isStuck }
    },
  }
}

/** What came of one request: its reply, or null with the place at which the process ended or stuck. */
interface Asked {
  readonly reply: JudgingReply | null
  readonly at: number
  readonly isStuck: boolean
}

function ask(
  child: ChildProcess,
  request: JudgingRequest,
  limitMsOf: (place: number) => number,
): Promise<Asked> {
  return new Promise((resolve) => {
    let at = 0
    let timer = setTimeout(stuck, limitMsOf(0))
    function done(reply: JudgingReply | null, isStuck: boolean): void {
      clearTimeout(timer)
      child.off('message', heard)
      child.off('exit', ended)
      resolve({ reply, at, isStuck })
    }
    function stuck(): void {
      done(null, true)
    }
    function ended(): void {
      done(null, false)
    }
    function heard(reply: JudgingReply): void {
      if (reply.is !== 'at') return done(reply, false)
      at = reply.place
      clearTimeout(timer)
      timer = setTimeout(stuck, limitMsOf(at))
    }
    child.on('message', heard)
    child.once('exit', ended)
    if (child.exitCode !== null || child.signalCode !== null) ended()
    else child.send(request)
  })
}
