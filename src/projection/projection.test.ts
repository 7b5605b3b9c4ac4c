import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { append, bench, mustOpen } from '../ledger/ledger-contract.ts'
import { nodeDisk, readableFolder } from '../ledger/node-disk.ts'
import { SampleHistory, sampleNumbers } from '../../test/harness/sample-history.ts'
import type { SegmentLog } from '../ledger/segment-log.ts'
import { askProjection } from './ask.ts'
import { keepUp } from './keep-up.ts'
import { Projection, projectionState, removeProjection } from './projection.ts'

const options = bench(65_536)
const projector = fileURLToPath(new URL('../../test/harness/project.ts', import.meta.url))

interface Setting {
  readonly folder: string
  readonly ledger: SegmentLog
  readonly history: SampleHistory
  readonly file: string
}

async function inFolder(body: (it: Setting) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'custos-projection-'))
  const folder = join(root, 'ledger')
  const { ledger } = await mustOpen(nodeDisk(folder), options)
  try {
    const history = new SampleHistory(options.vault, options.signer.publicKey, 5)
    await body({ folder, ledger, history, file: join(root, 'projections', 'ledger.sqlite') })
  } finally {
    ledger.close()
    rmSync(root, { recursive: true, force: true })
  }
}

async function write({ ledger, history }: Setting, count: number): Promise<void> {
  const until = history.events.length + count
  const pick = sampleNumbers(until)
  while (history.events.length < until) {
    const size = Math.min(1 + pick(9), until - history.events.length)
    // oxlint-disable-next-line no-await-in-loop -- a ledger takes one batch after another
    assert.equal(await append(ledger, history.batch(size)), null)
  }
}

/** Projects everything there is. Returns the code of the problem, if there is one. */
async function project({ folder, file }: Pick<Setting, 'folder' | 'file'>): Promise<string | null> {
  const opened = Projection.open(file)
  assert.ok(opened.ok, JSON.stringify(opened))
  const problem = await keepUp(readableFolder(folder), opened.value, { once: true })
  opened.value.projection.close()
  return typeof problem === 'string' ? problem : (problem?.code ?? null)
}

/** All tables, in order. */
function contents(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true })
  const tables = ['projected', 'events', 'calls', 'capabilities', 'approvals', 'names']
  const all = tables.map((name) => database.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).all())
  database.close()
  return all
}

test('every event and every call is in the tables, as the ledger has them', async () => {
  await inFolder(async (it) => {
    await write(it, 700)
    assert.equal(await project(it), null)
    const database = new DatabaseSync(it.file, { readOnly: true })
    const events = database.prepare('SELECT seq, kind, process, at FROM events ORDER BY seq').all()
    const { owners } = it.history
    for (const [index, event] of it.history.events.entries()) {
      const row = events[index]
      assert.deepEqual([row?.['seq'], row?.['kind'], row?.['at']], [event.seq, event.kind, event.at])
      if (owners.has(event.seq)) assert.equal(row?.['process'], owners.get(event.seq), `event ${event.seq}`)
    }
    assert.equal(events.length, 700)
    const settled = it.history.events.filter(({ kind }) => kind === 'call.settled').length
    const counted = database.prepare("SELECT count(*) AS n FROM calls WHERE stage = 'settled'").get()
    assert.equal(counted?.['n'], settled)
    database.close()
  })
})

test('a projector that is killed again and again, while the ledger grows, leaves no gap and nothing twice', async () => {
  await inFolder(async (it) => {
    await write(it, 300)
    const pick = sampleNumbers(77)
    let kills = 0
    while (kills < 9) {
      const child = spawn(process.execPath, [projector, it.folder, it.file, '7'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const ended = once(child, 'exit')
      const begun = once(child.stdout, 'data')
      // oxlint-disable-next-line no-await-in-loop -- one is killed before the next one begins
      await write(it, 20 + pick(200))
      // oxlint-disable-next-line no-await-in-loop -- the same
      if (kills % 3 > 0) await begun
      // oxlint-disable-next-line no-await-in-loop -- the same
      if (kills % 3 > 1) await write(it, 20 + pick(200))
      child.kill('SIGKILL')
      // oxlint-disable-next-line no-await-in-loop -- the same
      await ended
      kills++
    }
    const seen = projectionState(it.file)
    assert.ok(seen !== null && seen.seq > 0 && seen.seq <= it.history.events.length)
    assert.equal(await project(it), null)
    const fresh = join(it.folder, '..', 'fresh.sqlite')
    assert.equal(await project({ folder: it.folder, file: fresh }), null)
    assert.deepEqual(contents(it.file), contents(fresh))
    assert.equal(projectionState(it.file)?.seq, it.history.events.length)
  })
})

test('a projection of another history is not gone on with, and one that is deleted or of no use is made anew', async () => {
  await inFolder(async (it) => {
    await write(it, 100)
    assert.equal(await project(it), null)
    const before = contents(it.file)
    await inFolder(async (other) => {
      await write(other, 200)
      assert.equal(await project({ folder: other.folder, file: it.file }), 'rewritten')
    })
    assert.deepEqual(contents(it.file), before)
    removeProjection(it.file)
    assert.equal(projectionState(it.file), null)
    assert.equal(await project(it), null)
    assert.deepEqual(contents(it.file), before)
    const old = new DatabaseSync(it.file)
    old.exec('UPDATE projected SET version = 0; DELETE FROM events')
    old.close()
    assert.equal(await project(it), null)
    assert.deepEqual(contents(it.file), before)
    for (const name of readdirSync(join(it.file, '..'))) rmSync(join(it.file, '..', name))
    writeFileSync(it.file, 'this is not a database, and long enough to be seen as none. '.repeat(100))
    assert.equal(Projection.open(it.file).ok, false)
  })
})

test('a question reads the tables and nothing else, and is ended at its limits', async () => {
  await inFolder(async (it) => {
    await write(it, 100)
    assert.equal(await project(it), null)
    const ask = (sql: string, rows = 10, timeMs?: number) =>
      askProjection({ file: it.file, sql, rows }, timeMs)
    assert.deepEqual(await ask('SELECT count(*) AS n FROM events'), {
      ok: true,
      value: { seq: 100, isCut: false, rows: [{ n: 100 }] },
    })
    const cut = await ask('SELECT seq FROM events ORDER BY seq', 3)
    assert.deepEqual(cut.ok && [cut.value.isCut, cut.value.rows], [
      true,
      [{ seq: 1 }, { seq: 2 }, { seq: 3 }],
    ])
    for (const sql of [
      'DELETE FROM events',
      'UPDATE projected SET seq = 5',
      'CREATE TABLE x (y)',
      `ATTACH '${it.file}' AS other`,
      'PRAGMA journal_mode = DELETE',
      "SELECT load_extension('x')",
      'SELECT nothing FROM nowhere',
      '',
    ]) {
      const refused = await ask(sql)
      assert.equal(refused.ok, false, sql)
    }
    const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n'
    const ended = await ask(endless, 10, 300)
    assert.ok(!ended.ok && /longer than/u.test(ended.error))
    const large = await ask('SELECT length(hex(zeroblob(20000000)))')
    assert.equal(large.ok, false)
    assert.equal(projectionState(it.file)?.seq, 100)
  })
})
