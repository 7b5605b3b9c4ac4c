/** Tables that the supervisor keeps, with the processes that ship: killed, deleted, flooded, halted and started anew. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { homePaths } from '../../../src/cli/home.ts'
import { openLedgerFolder } from '../../../src/cli/ledger-folder.ts'
import type { TablesStanding } from '../../../src/cli/tables-standing.ts'
import { standingOf } from '../../../src/cli/tables-standing.ts'
import { showTailPosition } from '../../../src/ledger/reading/tail-position.ts'
import { projectionState } from '../../../src/projection/projection.ts'
import type { WireClient } from '../../../src/wire/client.ts'
import type { SupervisedHome } from '../../harness/supervised-home.ts'
import { supervised } from '../../harness/supervised-home.ts'
import { until } from '../../harness/world.ts'

const program = new URL('../../../bin/custos.mjs', import.meta.url).pathname
const withinMs = 240_000

function standing({ home }: SupervisedHome): Promise<TablesStanding> {
  const paths = homePaths(home.folder, {})
  return standingOf(paths, openLedgerFolder(paths).index.end)
}

function tablesOf({ home }: SupervisedHome): string {
  return join(home.folder, 'domains', 'main', 'projections', 'ledger.sqlite')
}

/** Runs the command; its exit code and what it printed. */
function custos({ home }: SupervisedHome, ...words: readonly string[]): readonly [number | null, string] {
  const env = { ...process.env, CUSTOS_HOME: home.folder }
  const ran = spawnSync(process.execPath, [program, ...words], { env, encoding: 'utf8' })
  return [ran.status, ran.stdout + ran.stderr]
}

/** Has the operator say it, and succeed. */
function must(home: SupervisedHome, ...words: readonly string[]): string {
  const [status, text] = custos(home, ...words)
  assert.equal(status, 0, text)
  return text
}

/** The keeper once it runs as another process than `before`. */
function keeper(home: SupervisedHome, before: number | null = null): Promise<number> {
  return until(
    async () => {
      const pid = (await home.units()).find(({ unit }) => unit === 'tables')?.pid ?? null
      if (pid !== before) return pid
      await sleep(300)
      return null
    },
    'the process that keeps the tables',
    withinMs,
  )
}

function upToDate(home: SupervisedHome): Promise<TablesStanding> {
  return until(
    async () => {
      const now = await standing(home)
      if (now.lag === 0 && now.seq !== null) return now
      await sleep(300)
      return null
    },
    'tables that are up to date',
    withinMs,
  )
}

/** Calls until it is told to stop; returns how many calls were done. */
async function flood(agent: WireClient, object: number, isOver: () => boolean): Promise<number> {
  let done = 0
  const one = async (): Promise<void> => {
    while (!isOver()) {
      const answer = await agent.request({ op: 'call', object, selector: 'tools/act' }, Buffer.from('{}'))
      assert.equal(answer.kind === 'reply' && answer.header['outcome'], 'done')
      done++
    }
  }
  await Promise.all(Array.from({ length: 16 }, one))
  return done
}

/** Every event once, from the first to the last, and every call that was done. */
function assertWhole(file: string, calls: number): void {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 })
  const one = (sql: string): unknown[] => Object.values(database.prepare(sql).get() ?? {})
  const [n, first, last] = one('SELECT count(*), min(seq), max(seq) FROM events')
  assert.deepEqual([n, first], [last, 1])
  assert.deepEqual(one("SELECT count(*) FROM calls WHERE outcome = 'done'"), [calls])
  database.close()
}

test('tables that the supervisor keeps survive kills and deletion, and the kernel beside them never waits', async () => {
  await supervised(async (home) => {
    const file = tablesOf(home)
    const operator = await home.operator()
    const log = await home.addLog(operator)
    const bob = await operator.addAgent('bob')
    const caveats = { selectors: ['tools/act'], where: { '*': { arguments: {}, open: true } } }
    await operator.must({ do: 'capability.grant', holder: bob.process, object: log, caveats })
    await home.attached(operator, log)
    const agent = await home.agent(bob.token)
    assert.equal(custos(home, 'query', 'SELECT 1')[0], 2, 'nobody keeps tables unasked')
    const kernel = async (): Promise<unknown> =>
      (await home.units()).find(({ unit }) => unit === 'kernel')?.pid
    const before = await kernel()

    must(home, 'projection', 'on')
    const first = await keeper(home)
    await upToDate(home)
    assert.ok(getPriority(first) >= getPriority() + 10, 'it comes last for processor time')
    const words = readFileSync(`/proc/${first}/cmdline`, 'utf8').split('\0')
    assert.ok(words.includes('--permission') && words.includes(`--allow-fs-write=${join(file, '..')}/*`))

    let isOver = false
    const flooded = flood(agent, log, () => isOver)
    process.kill(first, 'SIGKILL')
    await keeper(home, first)
    rmSync(join(file, '..'), { recursive: true, force: true })
    await until(() => (existsSync(file) ? true : null), 'tables that are made anew', withinMs)
    must(home, 'projection', 'rebuild')
    isOver = true
    const calls = await flooded
    assert.ok(calls > 0)
    await upToDate(home)
    assertWhole(file, calls)
    assert.equal(await kernel(), before, 'the kernel noticed nothing')

    await home.kill()
    const resting = await standing(home)
    assert.deepEqual([resting.isKept, resting.keeper], [true, null])
    await home.start()
    const third = await keeper(home)
    await upToDate(home)
    assert.match(must(home, 'status'), /tables +up to date at event \d+; kept by the supervisor/u)
    must(home, 'projection', 'off')
    await until(() => (isGone(third) ? true : null), 'the end of the keeper', withinMs)
    assertWhole(file, calls)
  })
})

test('a ledger that is not the one that was projected is never mixed in, which is said; tables are made anew on request', async () => {
  await supervised(async (home) => {
    must(home, 'projection', 'start', '--once')
    const { position } = projectionState(tablesOf(home)) ?? { position: null }
    assert.ok(position !== null)
    const other = showTailPosition({ ...position, chain: '0'.repeat(64) })
    const database = new DatabaseSync(tablesOf(home))
    database.prepare('UPDATE projected SET position = ?').run(other)
    database.exec('DELETE FROM events WHERE seq = 1')
    database.close()
    const operator = await home.operator()
    await operator.addAgent('bob')
    must(home, 'projection', 'on')
    const stuck = await until(
      async () => {
        const now = await standing(home)
        if (now.keeper?.lastEnd === 'exited with 4') return now
        await sleep(300)
        return null
      },
      'the end of a keeper that will not go on',
      withinMs,
    )
    assert.ok(stuck.lag > 0 && stuck.behindMs > 0)
    assert.match(must(home, 'projection', 'status'), /exited with 4/u)
    const logged = (): string => readFileSync(join(home.home.folder, 'supervisor', 'tables.log'), 'utf8')
    await until(() => (/rewritten/u.test(logged()) ? true : null), 'the reason in the log', withinMs)
    must(home, 'projection', 'off')
    await until(async () => ((await standing(home)).keeper === null ? true : null), 'no keeper', withinMs)
    assert.equal(custos(home, 'projection', 'start', '--once')[0], 4)
    must(home, 'projection', 'rebuild')
    must(home, 'projection', 'on')
    await keeper(home)
    await upToDate(home)
    assertWhole(tablesOf(home), 0)
  })
})

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}
