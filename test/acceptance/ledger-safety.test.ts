/** A ledger with a mirror, used as a person would: damaged while the home is down, repaired by the next start. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { CommandRun } from '../harness/command-line-home.ts'
import { CommandLineHome } from '../harness/command-line-home.ts'
import { until } from '../harness/world.ts'

const home = new CommandLineHome()
after(() => home.remove())

const segment = join(home.home, 'domains', 'main', 'ledger', '00000001.seg')

async function must(...words: readonly string[]): Promise<CommandRun> {
  const run = await home.run(...words)
  assert.equal(run.status, 0, `${words.join(' ')}: ${run.stderr}`)
  return run
}

test('what rots in the ledger is found, and comes back from its mirror at the next start', async () => {
  await must('up')
  await must('ledger', 'mirror', join(home.folder, 'mirror'))
  assert.match((await must('ledger', 'mirror')).stdout, /mirror in .*; when it fails, the kernel stops/)
  await must('down')
  await must('up')
  await must('down')
  assert.match((await must('ledger', 'verify')).stdout, /^valid/)
  const bytes = readFileSync(segment)
  bytes.fill(0x55, 700, 900)
  writeFileSync(segment, bytes)
  const found = await home.run('ledger', 'verify')
  assert.equal(found.status, 4)
  await must('up')
  const { stdout } = await must('ledger', 'tail')
  assert.match(stdout, /ledger\.recovered +opening the ledger: put right 00000001\.seg of the ledger/)
  await must('down')
  assert.match((await must('ledger', 'verify')).stdout, /^valid/)
})

test('without a mirror the same stops the start and says where, and turning it off is allowed', async () => {
  await must('ledger', 'mirror', '--off')
  assert.match((await must('ledger', 'mirror')).stdout, /one copy/)
  const bytes = readFileSync(segment)
  const kept = Buffer.from(bytes)
  bytes.fill(0x55, 700, 900)
  writeFileSync(segment, bytes)
  const up = await home.run('up')
  assert.notEqual(up.status, 0)
  // A busy machine may not have come that far when `up` gives up.
  const log = (): string => readFileSync(join(home.home, 'supervisor', 'kernel.log'), 'utf8')
  const reason = /the ledger cannot be opened: .*00000001\.seg, offset 512/
  await until(() => reason.test(log()) || null, 'the reason in the log')
  const accept = await home.run('ledger', 'accept-loss')
  assert.notEqual(accept.status, 0, 'what is signed is never given up')
  await home.run('down')
  writeFileSync(segment, kept)
  await must('up')
  await must('down')
})

test('a head record that is gone stops the start until an operator signs that the ledger is whole', async () => {
  rmSync(join(home.home, 'domains', 'main', 'head'), { recursive: true })
  assert.notEqual((await home.run('up')).status, 0)
  await home.run('down')
  assert.match((await must('ledger', 'accept-loss')).stdout, /carried out at the next start/)
  await must('up')
  assert.match((await must('ledger', 'tail')).stdout, /an operator signed that the ledger goes on/)
  await must('down')
  assert.match((await must('ledger', 'verify')).stdout, /^valid/)
})
