import assert from 'node:assert/strict'
import { readFileSync, renameSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Boundary, Confiner } from '../boundary.ts'
import { until } from '../../../test/harness/world.ts'
import { plentiful, starters, Trial } from '../../../test/sandbox/trial.ts'
import { confinerOn } from '../ladder.ts'
import { WarmPool } from './warm-pool.ts'

const boundary: Boundary = {
  readable: [],
  writable: [],
  views: [],
  hidden: [],
  environment: { GREETING: 'hello' },
  cwd: '/tmp',
  sockets: {},
  limits: plentiful,
  terminal: 'none',
}

const trial = new Trial(starters[0] ?? 'user')
after(() => trial.remove())

/** Counts starts. */
function counted(): { readonly confiner: Confiner; readonly starts: () => number } {
  let starts = 0
  const under = confinerOn('gvisor')
  return {
    confiner: {
      rung: under.rung,
      start(...args) {
        starts += 1
        return under.start(...args)
      },
    },
    starts: () => starts,
  }
}

async function withPool(
  size: number,
  use: (pool: WarmPool, starts: () => number) => Promise<void>,
): Promise<void> {
  const { confiner, starts } = counted()
  const pool = new WarmPool({ confiner, boundary: () => boundary, size })
  try {
    await pool.filled()
    await use(pool, starts)
  } finally {
    await pool.close()
  }
}

test('a command runs in a machine that stood already, with its own streams, words and status', async () => {
  await withPool(1, async (pool) => {
    assert.equal(pool.ready, 1)
    const script = 'read line; echo "$line $GREETING $1 $(pwd)"; echo trouble >&2; exit 3'
    const started = await pool.run({ command: 'sh', args: ['-c', script, 'sh', 'a b'], stdio: 'pipe' })
    assert.ok(started.ok)
    const { child, ended } = started.value
    assert.ok(child.stdin !== null && child.stdout !== null && child.stderr !== null)
    child.stdin.end('first\nsecond\n')
    assert.equal(await text(child.stdout), 'first hello a b /tmp\n')
    assert.equal(await text(child.stderr), 'trouble\n')
    assert.deepEqual(await ended, { status: 3, signal: null, limit: '' })
  })
})

test('a machine is used once, and another takes its place', async () => {
  await withPool(1, async (pool, starts) => {
    const first = await pool.run({ command: 'sh', args: ['-c', 'echo x > /tmp/mark'], stdio: 'pipe' })
    assert.ok(first.ok)
    await first.value.ended
    await pool.filled()
    assert.equal(pool.ready, 1)
    const second = await pool.run({ command: 'ls', args: ['/tmp'], stdio: 'pipe' })
    assert.ok(second.ok && second.value.child.stdout !== null)
    assert.equal(await text(second.value.child.stdout), 'home\n')
    await second.value.ended
    await pool.filled()
    assert.equal(starts(), 3)
  })
})

test('what cannot be handed over, or finds none idle, is started anew', async () => {
  await withPool(0, async (pool, starts) => {
    const started = await pool.run({ command: 'true', args: [], stdio: 'ignore' })
    assert.ok(started.ok)
    assert.equal((await started.value.ended).status, 0)
    assert.equal(starts(), 1)
  })
})

test('nothing is run before it may, and what may not run takes its machine along', async () => {
  await withPool(1, async (pool) => {
    const held = await pool.run({
      command: 'true',
      args: [],
      stdio: 'pipe',
      beforeStart: (pids) => {
        assert.ok(pids.length > 0)
        return Promise.reject(new Error('it must not begin'))
      },
    })
    assert.ok(!held.ok)
    assert.match(held.error, /it must not begin/)
  })
})

test('the clock of a machine starts with its program', async () => {
  const limits = { ...plentiful, wallMs: 300 }
  const pool = new WarmPool({
    confiner: confinerOn('gvisor'),
    boundary: () => ({ ...boundary, limits }),
    size: 1,
  })
  try {
    await pool.filled()
    await pause(2 * limits.wallMs)
    assert.equal(pool.ready, 1)
    const started = await pool.run({ command: 'sleep', args: ['60'], stdio: 'pipe' })
    assert.ok(started.ok)
    assert.equal((await started.value.ended).limit, 'wall time')
  } finally {
    await pool.close()
  }
})

test('a program ends as its own, by a signal too, and what it left behind goes with it', async () => {
  await withPool(2, async (pool) => {
    const killed = await pool.run({
      command: 'sh',
      args: ['-c', '(sleep 600 &) ; kill -TERM $$'],
      stdio: 'pipe',
    })
    assert.ok(killed.ok)
    const { pids } = killed.value
    assert.deepEqual(await killed.value.ended, { status: 143, signal: null, limit: '' })
    for (const pid of pids) assert.ok(isGone(pid))
    const missing = await pool.run({ command: '/nowhere', args: [], stdio: ['pipe', 'pipe', 'pipe'] })
    assert.ok(missing.ok && missing.value.child.stderr !== null)
    assert.match(await text(missing.value.child.stderr), /cannot run \/nowhere: No such file/)
    assert.equal((await missing.value.ended).status, 127)
  })
})

test('it has three descriptors, finds nothing that ran before it, and is heard when it closes its output', async () => {
  await withPool(1, async (pool) => {
    const script =
      'for (3..200) { open(my $f, "<&=", $_) and print "$_ " } opendir(my $d, "/tmp"); print join ",", sort grep { !/^\\./ } readdir $d; close STDOUT; <STDIN>'
    const started = await pool.run({ command: 'perl', args: ['-e', script], stdio: 'pipe' })
    assert.ok(started.ok)
    const { child, ended } = started.value
    assert.ok(child.stdout !== null && child.stdin !== null)
    assert.equal(await text(child.stdout), 'home')
    child.stdin.end('on\n')
    assert.equal((await ended).status, 0)
  })
})

test('what it wrote into a folder is there when it has ended, through memory too', async () => {
  const folder = trial.makeFolder('written', 0o777)
  const writable = { ...boundary, writable: [folder] }
  const pool = new WarmPool({ confiner: confinerOn('gvisor'), boundary: () => writable, size: 1 })
  try {
    await pool.filled()
    const script = `import mmap
with open('${folder}/mapped', 'w+b') as f:
    f.truncate(3000000); m = mmap.mmap(f.fileno(), 0); m[:] = b'x' * 3000000
open('${folder}/plain', 'w').write('y' * 3000000)`
    const started = await pool.run({ command: 'python3', args: ['-c', script], stdio: 'pipe' })
    assert.ok(started.ok)
    assert.deepEqual(await started.value.ended, { status: 0, signal: null, limit: '' })
    assert.equal(readFileSync(`${folder}/mapped`, 'latin1'), 'x'.repeat(3_000_000))
    assert.equal(readFileSync(`${folder}/plain`, 'latin1'), 'y'.repeat(3_000_000))
  } finally {
    await pool.close()
  }
})

test('a machine whose boundary would be made otherwise by now is ended and not used', async () => {
  const folder = trial.makeFolder('shown', 0o755)
  trial.makeFile('shown/version', 'old')
  const shown = { ...boundary, readable: [folder] }
  const { confiner, starts } = counted()
  const pool = new WarmPool({ confiner, boundary: () => shown, size: 1 })
  const what = { command: 'cat', args: [`${folder}/version`], stdio: 'pipe' } as const
  try {
    await pool.filled()
    assert.equal(pool.take(what, { ...shown, environment: {} }), null)
    await pool.filled()
    renameSync(folder, `${folder}-before`)
    trial.makeFile('shown/version', 'new')
    const before = starts()
    const started = await pool.run(what)
    assert.ok(started.ok && started.value.child.stdout !== null)
    assert.equal(await text(started.value.child.stdout), 'new')
    assert.ok(starts() > before)
    await started.value.ended
  } finally {
    await pool.close()
  }
})

test('what nobody asks for is ended after a while, and comes back when somebody asks', async () => {
  const pool = new WarmPool({
    confiner: confinerOn('gvisor'),
    boundary: () => boundary,
    size: 1,
    idleMs: 1_500,
    refillMs: 0,
  })
  try {
    await until(() => (pool.ready === 1 ? true : null), 'a warm one')
    await until(() => (pool.ready === 0 ? true : null), 'it to be ended')
    const started = await pool.run({ command: 'true', args: [], stdio: 'pipe' })
    assert.ok(started.ok)
    await until(() => (pool.ready === 1 ? true : null), 'another')
    await started.value.ended
  } finally {
    await pool.close()
  }
})

test('a closed pool leaves nothing running and gives nothing out', async () => {
  const { confiner } = counted()
  const pool = new WarmPool({ confiner, boundary: () => boundary, size: 2 })
  await pool.filled()
  await pool.close()
  assert.equal(pool.ready, 0)
  assert.equal((await pool.run({ command: 'true', args: [], stdio: 'pipe' })).ok, false)
})

test('when machines cannot be started nothing is kept, and whoever asks is told why', async () => {
  let starts = 0
  const confiner: Confiner = {
    rung: 'gvisor',
    start: () => {
      starts += 1
      return Promise.resolve({ ok: false, error: 'no machine here' })
    },
  }
  const pool = new WarmPool({ confiner, boundary: () => boundary, size: 2 })
  await pool.filled()
  assert.ok(starts <= 3)
  const started = await pool.run({ command: 'true', args: [], stdio: 'pipe' })
  assert.deepEqual(started, { ok: false, error: 'no machine here' })
  await pool.close()
})

/** Dead, or only waiting for somebody to ask for its status. */
function isGone(pid: number): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return true
  }
}
