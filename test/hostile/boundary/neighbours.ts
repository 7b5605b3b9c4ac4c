/**
 * `node test/hostile/boundary/neighbours.ts [--rounds N] [--only TEXT]`: what abuse in one boundary costs a neighbour
 * in another, each under a quota of its own. Rounds with and without the abuse follow each other, and medians are
 * compared, so that whatever else the machine does falls on both alike. The last line gives the worst ratio.
 */
import { spawn } from 'node:child_process'
import type { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Boundary, Confined, Confiner } from '../../../src/sandbox/boundary.ts'
import { bubblewrapConfiner } from '../../../src/sandbox/bubblewrap/confiner.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, only: { type: 'string', default: '' } },
})
const rounds = Number(values.rounds)
const roundMs = 400

const abuses: { readonly [name: string]: string } = {
  'spinning in eight processes': 'for (1 .. 7) { last unless fork } 1 while 1',
  'a fork bomb': 'while (1) { my $p = fork; if (defined $p && !$p) { sleep 1; exit } waitpid(-1, 1) }',
  'filling memory': 'while (1) { my @m; for (1 .. 7) { push @m, "x" x (32 << 20) } }',
  'filling and emptying the disk':
    'while (1) { open(F, ">", "/tmp/f"); print F "x" x (8 << 20); close F; unlink "/tmp/f" }',
  'opening and closing sockets': 'use Socket; while (1) { socket(my $s, PF_INET, SOCK_STREAM, 0) }',
  'writing without end': '$| = 1; while (1) { print "x" x 65536 }',
}
/** Counts a fixed piece of work and says how far it is and when, by its own clock: we may be late to listen. */
const work = `$| = 1; use Digest::SHA; use Time::HiRes 'time'; my ($n, $t) = (0, 'x' x 1024);
  while (1) { $t = Digest::SHA::sha256_hex($t) for 1 .. 200; $n++; print "$n ", time, "\\n" if $n % 10 == 0 }`

const confiner: Confiner = bubblewrapConfiner()

function boundary(cpuPercent: number): Boundary {
  const limits = {
    memoryMiB: 256,
    processes: 64,
    openFiles: 256,
    cpuPercent,
    cpuSeconds: null,
    diskMiB: 64,
    fileMiB: 64,
    wallMs: null,
  }
  const environment = { PATH: '/usr/bin:/bin' }
  return {
    readable: ['/'],
    writable: [],
    views: [],
    hidden: [],
    environment,
    cwd: '/tmp',
    sockets: {},
    limits,
    terminal: 'none',
  }
}

async function start(program: string, cpuPercent: number, output: 'pipe' | Writable): Promise<Confined> {
  const started = await confiner.start(boundary(cpuPercent), {
    command: '/usr/bin/perl',
    args: ['-e', program],
    stdio: ['ignore', output, 'ignore'],
  })
  if (!started.ok) throw new Error(started.error)
  return started.value
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0

/** How far the neighbour was, and when. */
interface Mark {
  readonly count: number
  readonly seconds: number
}

/** Median of the neighbour's rates in rounds with the abuse, divided by that in rounds without. */
async function ratioUnder(abuse: string, mark: () => Mark): Promise<number> {
  const [alone, beside]: [number[], number[]] = [[], []]
  const rate = async (): Promise<number> => {
    const from = mark()
    await sleep(roundMs)
    const to = mark()
    return (to.count - from.count) / (to.seconds - from.seconds)
  }
  // What the abuser writes is read by somebody else: we listen to the neighbour.
  const sink = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] })
  sink.stdin.on('error', () => undefined)
  for (let round = 0; round < rounds; round++) {
    alone.push(await rate())
    const abuser = await start(abuse, 40, sink.stdin)
    await sleep(50)
    beside.push(await rate())
    abuser.kill()
    await abuser.ended
  }
  sink.kill('SIGKILL')
  return median(beside) / median(alone)
}

const tried = Object.entries(abuses).filter(([name]) => name.includes(values.only))
let last: Mark = { count: 0, seconds: 0 }
const neighbour = await start(work, 60, 'pipe')
neighbour.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
  const [count, seconds] = (text.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
  if (count && seconds && seconds > 1e9) last = { count, seconds }
})
await sleep(500)
let worst = Infinity
try {
  for (const [name, abuse] of tried) {
    const ratio = await ratioUnder(abuse, () => last)
    worst = Math.min(worst, ratio)
    process.stdout.write(`${ratio.toFixed(2)}  beside ${name}\n`)
  }
} finally {
  neighbour.kill()
  await neighbour.ended
}
process.stdout.write(`${tried.length} abuses, ${rounds} rounds each, worst ratio ${worst.toFixed(2)}\n`)
