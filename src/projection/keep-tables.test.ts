/** Tables that are kept whatever becomes of their file. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { SampleHistory, sampleNumbers } from '../../test/harness/sample-history.ts'
import { until } from '../../test/harness/world.ts'
import { append, bench, mustOpen } from '../ledger/ledger-contract.ts'
import { nodeDisk } from '../ledger/node-disk.ts'
import { keepTables, lockTables, tablesIn } from './keep-tables.ts'
import { projectionState } from './projection.ts'

const options = bench(65_536)

interface Setting {
  /** The domain's folder. */
  readonly root: string
  readonly file: string
  readonly write: (count: number) => Promise<void>
}

async function inDomain(body: (it: Setting) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'custos-tables-'))
  const { ledger } = await mustOpen(nodeDisk(join(root, 'ledger')), options)
  const history = new SampleHistory(options.vault, options.signer.publicKey, 31)
  const pick = sampleNumbers(31)
  const write = async (count: number): Promise<void> => {
    for (let left = count; left > 0;) {
      const size = Math.min(left, 1 + pick(9))
      left -= size
      // oxlint-disable-next-line no-await-in-loop -- a ledger takes one batch after another
      assert.equal(await append(ledger, history.batch(size)), null)
    }
  }
  try {
    await body({ root, file: tablesIn(root), write })
  } finally {
    ledger.close()
    rmSync(root, { recursive: true, force: true })
  }
}

/** Positions of the events that are in the tables. */
function positions(file: string): readonly unknown[] {
  const database = new DatabaseSync(file, { readOnly: true })
  const rows = database.prepare('SELECT seq FROM events ORDER BY seq').all()
  database.close()
  return rows.map(({ seq }) => seq)
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1)

test('a file that is deleted while it is kept is made anew, with everything in it, again and again', async () => {
  await inDomain(async ({ root, file, write }) => {
    await write(200)
    const stop = new AbortController()
    const said: string[] = []
    const options = { pollMs: 2, signal: stop.signal, said: (line: string) => void said.push(line) }
    const kept = keepTables(root, options)
    for (let total = 200; total < 1_000; total += 200) {
      const whole = (): true | null => (projectionState(file)?.seq === total ? true : null)
      // oxlint-disable-next-line no-await-in-loop -- one deletion after another
      await until(whole, 'tables that are up to date')
      rmSync(total % 400 === 0 ? file : dirname(file), { recursive: true })
      // oxlint-disable-next-line no-await-in-loop -- the same
      await write(200)
    }
    await until(() => (projectionState(file)?.seq === 1_000 ? true : null), 'tables that are up to date')
    stop.abort()
    assert.deepEqual(await kept, { ok: true, value: 1_000 })
    assert.deepEqual(positions(file), upTo(1_000))
    assert.ok(said.length >= 4 && said.every((line) => /deleted/u.test(line)), said.join('\n'))
  })
})

test('a file that is no database, or a broken one, is made anew; one without its position is too', async () => {
  await inDomain(async ({ root, file, write }) => {
    await write(3_000)
    const once = async (): Promise<readonly string[]> => {
      const said: string[] = []
      const kept = await keepTables(root, { once: true, said: (line) => void said.push(line) })
      assert.deepEqual(kept, { ok: true, value: 3_000 })
      assert.deepEqual(positions(file), upTo(3_000))
      return said
    }
    assert.deepEqual(await once(), [])
    writeFileSync(file, 'this is not a database, and long enough to be seen as none. '.repeat(100))
    assert.match((await once()).join(), /of no use/u)
    assert.ok(statSync(file).size > 20_000)
    truncateSync(file, 8_192)
    assert.match((await once()).join(), /of no use/u)
    const database = new DatabaseSync(file)
    database.exec("UPDATE projected SET position = 'x'; DELETE FROM events WHERE seq = 7")
    database.close()
    await once()
  })
})

test('tables up to an event have that one, in the middle of a batch too, and none after it', async () => {
  await inDomain(async ({ root, file, write }) => {
    await write(120)
    for (const seq of [1, 50, 51, 52, 53, 119, 120]) {
      rmSync(dirname(file), { recursive: true, force: true })
      // oxlint-disable-next-line no-await-in-loop -- one after another in the same place
      assert.deepEqual(await keepTables(root, { once: true, upTo: seq }), { ok: true, value: seq })
      assert.deepEqual(positions(file), upTo(seq))
    }
    // What was cut in the middle of a batch goes on there.
    assert.deepEqual(await keepTables(root, { once: true }), { ok: true, value: 120 })
    assert.deepEqual(positions(file), upTo(120))
  })
})

test('one process keeps them at a time', async () => {
  await inDomain(async ({ root }) => {
    const first = lockTables(root)
    assert.ok(first.ok)
    const second = lockTables(root)
    assert.ok(!second.ok && /another process/u.test(second.error))
    first.value.release()
    const third = lockTables(root)
    assert.ok(third.ok)
    third.value.release()
  })
})
