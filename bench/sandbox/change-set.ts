/**
 * The review of a large change set: a program in a boundary modifies, removes and adds 10,000 files in its view of a
 * folder, and `custos changes show` lists all of them with their differences, as a process of its own from its start to
 * its end. Beside it `git diff` of two ordinary folders that differ in the same way, which looks for no links, hooks or
 * conflicts.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeRunFolder, writeRunRecord } from '../../src/cli/run/run-record.ts'
import { emptyBoundary } from '../../src/sandbox/empty-boundary.ts'
import { confinerOn } from '../../src/sandbox/ladder.ts'
import type { OpenSuite } from '../measure/contest.ts'
import { temporaryFolder } from '../measure/temporary-folder.ts'
import { wholeProgram } from '../measure/whole-program.ts'

const custos = fileURLToPath(new URL('../../bin/custos.mjs', import.meta.url))
const subject = 'custos changes show'
const counts = { modified: 4_000, removed: 2_000, added: 4_000 }
/** In µs. */
const bar = 2_000_000

/** Changes every file of the folder as its number says, and adds as many as are modified. */
const change = String.raw`
for my $n (0 .. ${counts.modified + counts.removed - 1}) {
  my $path = sprintf 'd%03d/f%05d', $n / 100, $n;
  if ($n >= ${counts.modified}) { unlink $path or die; next }
  open my $file, '>>', $path or die; print $file "and line $n\n";
  open my $new, '>', "$path.new" or die; print $new "new line $n\n" x 20;
}`

/** The contest. */
export async function openChangeSet(): Promise<OpenSuite> {
  const made = temporaryFolder()
  const path = realpathSync(made.path)
  const [home, folder, changed] = [join(path, 'home'), join(path, 'before'), join(path, 'after')]
  fill(folder)
  cpSync(folder, changed, { recursive: true })
  execFileSync('perl', ['-e', change], { cwd: changed })
  const run = await changedRun(home, folder)
  const env = { ...process.env, CUSTOS_HOME: home }
  const theirs = ['--no-pager', 'diff', '--no-index', '--no-renames', folder, changed]
  const reference = 'git diff'
  return {
    contests: [
      {
        title: '10,000 changes shown',
        unit: 'reviews',
        ours: [
          {
            name: subject,
            slice: () =>
              wholeProgram({
                command: process.execPath,
                args: [custos, 'changes', 'show', run],
                cwd: path,
                env,
              }),
          },
        ],
        references: [
          {
            name: reference,
            slice: () => wholeProgram({ command: 'git', args: theirs, cwd: path, env, statuses: [1] }),
          },
        ],
        bars: [{ subject, reference: null, of: 'latency', bar }],
        mostRounds: 3,
      },
    ],
    close: () => Promise.resolve(made.remove()),
  }
}

function fill(folder: string): void {
  for (let n = 0; n < counts.modified + counts.removed; n++) {
    const place = join(folder, `d${String(Math.floor(n / 100)).padStart(3, '0')}`)
    if (n % 100 === 0) mkdirSync(place, { recursive: true })
    writeFileSync(join(place, `f${String(n).padStart(5, '0')}`), `line ${n} of this file\n`.repeat(20))
  }
}

/** Runs the program over a view of `folder`, and leaves its run in `home` as `custos run` would. */
async function changedRun(home: string, folder: string): Promise<string> {
  mkdirSync(home, { mode: 0o700 })
  const run = makeRunFolder(home)
  const startedAt = Date.now()
  const { limits } = emptyBoundary()
  const views = [{ path: folder, store: run.store }]
  const boundary = { ...emptyBoundary(), views, cwd: folder, limits: { ...limits, diskMiB: 1_024 } }
  const what = { command: 'perl', args: ['-e', change], stdio: ['ignore', 'ignore', 'inherit'] } as const
  const started = await confinerOn('bubblewrap').start(boundary, { ...what, stdio: [...what.stdio] })
  if (!started.ok) throw new Error(started.error)
  const { status } = await started.value.ended
  if (status !== 0) throw new Error(`the program that changes files ended with ${status}`)
  writeRunRecord(run, {
    run: run.run,
    folder,
    store: run.store,
    agent: 'bench',
    process: 1,
    command: ['perl'],
    startedAt,
    endedAt: Date.now(),
    status,
    rung: 'bubblewrap',
    holder: process.pid,
  })
  return run.run
}
