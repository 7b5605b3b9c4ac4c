import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { Boundary, Confiner } from '../boundary.ts'
import { plentiful } from '../../../test/sandbox/trial.ts'
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
  const { confiner } = counted()
  const limits = { ...plentiful, wallMs: 400 }
  const pool = new WarmPool({ confiner, boundary: () => ({ ...boundary, limits }), size: 1 })
  try {
    await pool.filled()
    await new Promise((resolve) => {
      setTimeout(resolve, 600)
    })
    assert.equal(pool.ready, 1)
    const started = await pool.run({ command: 'sleep', args: ['60'], stdio: 'pipe' })
    assert.ok(started.ok)
    assert.equal((await started.value.ended).limit, 'wall time')
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
