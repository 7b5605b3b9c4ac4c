import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { until } from '../../test/harness/world.ts'
import { UnitLog } from './unit-log.ts'

async function inFolder(use: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-log-'))
  try {
    await use(join(folder, 'unit.log'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Waits until a file holds just this. */
async function holds(path: string, text: string): Promise<void> {
  const isSo = (): boolean => existsSync(path) && readFileSync(path, 'utf8') === text
  await until(() => isSo() || null, `${JSON.stringify(text)} in ${path}`)
}

test('what a unit writes is kept, and the log of the incarnation before beside it', () =>
  inFolder(async (path) => {
    for (const text of ['first', 'second']) {
      const log = new UnitLog(path)
      await log.follow(Readable.from([Buffer.from(text)]))
      log.note('exited with 0')
      log.close()
      await holds(path, `${text}custos: exited with 0\n`)
    }
    await holds(`${path}.1`, 'firstcustos: exited with 0\n')
  }))

test('a unit that writes without end fills neither the disk nor our time', () =>
  inFolder(async (path) => {
    const log = new UnitLog(path)
    let taken = 0
    const endless = new Readable({
      read() {
        taken += 65_536
        this.push(Buffer.alloc(65_536, 0x78))
      },
    })
    const startedAt = performance.now()
    const following = log.follow(endless)
    await until(() => taken > 2_500_000 || null, 'it to be read on')
    const [tookMs, bytes] = [performance.now() - startedAt, taken]
    endless.destroy()
    await following
    log.close()
    assert.ok(bytes < 6_000_000 * (tookMs / 1_000) + 1_000_000, `${bytes} bytes in ${tookMs} ms`)
    await until(() => (existsSync(path) && existsSync(`${path}.1`) ? true : null), 'both files')
    for (const file of [path, `${path}.1`]) assert.ok(statSync(file).size <= 1_048_576)
  }))

test('a log that cannot be written loses lines and nothing else', async () => {
  const log = new UnitLog('/no/such/folder/unit.log')
  await log.follow(Readable.from([Buffer.from('a'), Buffer.alloc(1_000_000), Buffer.from('b')]))
  log.note('x')
  log.close()
})
