/** A program that follows a ledger from its position, as a process that is killed again and again. */
// oxlint-disable no-await-in-loop -- one is killed before the next one begins
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { append, bench, mustOpen } from '../../../src/ledger/ledger-contract.ts'
import { nodeDisk } from '../../../src/ledger/node-disk.ts'
import type { Consumed } from '../../harness/consume.ts'
import { SampleHistory, sampleNumbers } from '../../harness/sample-history.ts'
import { until } from '../../harness/world.ts'

const options = bench(65_536)
const program = new URL('../../harness/consume.ts', import.meta.url).pathname

test('a consumer killed between an effect and its position has every event exactly once; a damaged position is not gone on from', async () => {
  const root = mkdtempSync(join(tmpdir(), 'custos-consumer-'))
  const [folder, file] = [join(root, 'ledger'), join(root, 'kept.json')]
  const { ledger } = await mustOpen(nodeDisk(folder), options)
  const history = new SampleHistory(options.vault, options.signer.publicKey, 21)
  const pick = sampleNumbers(5)
  const write = async (): Promise<void> =>
    assert.equal(await append(ledger, history.batch(1 + pick(9))), null)
  const consume = (path: string) =>
    spawn(process.execPath, [program, folder, path], { stdio: ['ignore', 'pipe', 'pipe'] })
  const kept = (path: string): Consumed => JSON.parse(readFileSync(path, 'utf8')) as Consumed
  try {
    for (let kill = 0; kill < 8; kill++) {
      for (let round = 0; round < 20; round++) await write()
      const child = consume(file)
      const ended = once(child, 'exit')
      await once(child.stdout, 'data')
      await sleep(pick(20))
      child.kill('SIGKILL')
      await ended
    }
    // The same position serves any number of consumers: two of one name are two files, or share what each replaces.
    const [last, other] = [consume(file), consume(join(root, 'other.json'))]
    const all = Array.from({ length: history.events.length }, (_, index) => index + 1)
    for (const path of [file, join(root, 'other.json')])
      await until(() => {
        try {
          return kept(path).seqs.length >= all.length ? true : null
        } catch {
          return null
        }
      }, 'a consumer that is up to date')
    const gone = [once(last, 'exit'), once(other, 'exit')]
    last.kill('SIGKILL')
    other.kill('SIGKILL')
    await Promise.all(gone)
    assert.deepEqual(kept(file).seqs, all)
    assert.deepEqual(kept(join(root, 'other.json')).seqs, all)

    const { position, seqs } = kept(file)
    writeFileSync(file, JSON.stringify({ position: position.replace(/:\d+:/u, ':3:'), seqs }))
    const refused = consume(file)
    const said: string[] = []
    refused.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text))
    const [status] = (await once(refused, 'close')) as [number]
    assert.equal(status, 1)
    assert.match(said.join(''), /position is damaged/u)
  } finally {
    ledger.close()
    rmSync(root, { recursive: true, force: true })
  }
})
