/**
 * A program that must have every event of a ledger exactly once: `consume.ts LEDGER_FOLDER FILE`. Its file has what it made of
 * the events and the position after them, and is replaced in one step.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { Subscription } from '../../src/ledger/reading/subscription.ts'
import { parseTailPosition, showTailPosition } from '../../src/ledger/reading/tail-position.ts'

/** What the consumer keeps. */
export interface Consumed {
  readonly position: string
  readonly seqs: readonly number[]
}

const [folder = '', file = ''] = process.argv.slice(2)
let kept: Consumed = { position: '', seqs: [] }
if (existsSync(file)) kept = JSON.parse(readFileSync(file, 'utf8')) as Consumed
const from = kept.position === '' ? null : parseTailPosition(kept.position)
if (kept.position !== '' && from === null) throw new Error('the kept position is damaged')
const subscription = new Subscription(readableFolder(folder), from)
for (;;) {
  const batch = subscription.next()
  if (!batch.ok) throw new Error(batch.error.code)
  if (batch.value === null) {
    await sleep(2)
    continue
  }
  const seqs = [...kept.seqs, ...batch.value.records.map(({ event }) => event.seq)]
  kept = { position: showTailPosition(batch.value.position), seqs }
  writeFileSync(`${file}.new`, JSON.stringify(kept))
  process.stdout.write('.')
  renameSync(`${file}.new`, file)
}
