import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { UnitLog } from './unit-log.ts'

async function inFolder(use: (path: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'custos-log-'))
  try {
    await use(join(folder, 'unit.log'))
  } finally {
    await setTimeout(20)
    rmSync(folder, { recursive: true })
  }
}

test('what a unit writes is kept, and the log of the incarnation before beside it', () =>
  inFolder(async (path) => {
    for (const text of ['first', 'second']) {
      const log = new UnitLog(path)
      await log.follow(Readable.from([Buffer.from(text)]))
      log.note('exited with 0')
      log.close()
      await setTimeout(20)
    }
    assert.equal(readFileSync(path, 'utf8'), 'secondcustos: exited with 0\n')
    assert.equal(readFileSync(`${path}.1`, 'utf8'), 'firstcustos: exited with 0\n')
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
    const following = log.follow(endless)
    await setTimeout(600)
    endless.destroy()
    await following
    log.close()
    await setTimeout(50)
    assert.ok(taken < 10_000_000, `${taken} bytes in 0.6 s`)
    assert.ok(taken > 1_000_000)
    for (const file of [path, `${path}.1`]) assert.ok(statSync(file).size <= 1_048_576)
  }))

test('a log that cannot be written loses lines and nothing else', async () => {
  const log = new UnitLog('/no/such/folder/unit.log')
  await log.follow(Readable.from([Buffer.from('a'), Buffer.alloc(1_000_000), Buffer.from('b')]))
  log.note('x')
  log.close()
})
