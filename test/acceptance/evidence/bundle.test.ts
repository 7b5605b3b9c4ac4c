/**
 * The evidence for one event, in a file: it verifies from itself and a key, says by whose signature it happened, and
 * falls with any byte of it.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { sha256 } from '../../../src/base/hash.ts'
import type { Event } from '../../../src/kernel/event.ts'
import { verifyBundle } from '../../../proof/verify-bundle.mjs'
import { checkBundle } from '../../../src/cli/evidence/check-bundle.ts'
import { makeBundle } from '../../../src/cli/evidence/make-bundle.ts'
import { evidenceOf } from '../../../src/cli/evidence-view.ts'
import { homePaths } from '../../../src/cli/home.ts'
import { openLedgerFolder } from '../../../src/cli/ledger-folder.ts'
import { evidenceFolder } from '../../../src/ledger/evidence/evidence-folder.ts'
import type { NoteKey } from '../../../src/ledger/evidence/note.ts'
import { formatKey } from '../../../src/ledger/evidence/note.ts'
import { folderTiles } from '../../../src/ledger/evidence/tile-store.ts'
import { NoteFile } from '../../../src/ledger/evidence/note-file.ts'
import { nodeDisk } from '../../../src/ledger/node-disk.ts'
import { cosign } from '../../../src/witness/cosignature.ts'
import type { EvidenceBundle } from '../../../src/witness/evidence-bundle.ts'
import { createWitnessKey } from '../../../src/witness/witness-key.ts'
import { SignedHistory } from '../../harness/signed-history.ts'
import { ledgerKey, ledgerPublicKey, writtenTo } from './forged-history.ts'

const home = mkdtempSync(join(tmpdir(), 'custos-bundle-'))
const paths = homePaths(home, {})
const place = evidenceFolder(paths.domain)
let history = new SignedHistory()
let bundle: EvidenceBundle
let witness: NoteKey

/** A write that was approved under a grant, with much else around it. */
function approvedWrite(): SignedHistory {
  const made = new SignedHistory()
  const path = { arguments: { path: { constraint: { within: '/data' } } } } as const
  made.grant({ selectors: ['tools/write'], where: { '*': path }, uses: 2, ask: true })
  for (let index = 0; index < 30; index++) made.grant({ selectors: ['tools/read'] })
  made.call({ path: '/data/x' })
  const { call, approvalDigest } = made.last('call.held').body
  made.order({ do: 'call.approve', call, digest: approvalDigest, comment: 'looks right' })
  made.settle(call)
  for (let index = 0; index < 300; index++) made.grant({ selectors: ['tools/read'] })
  return made
}

const stored = (event: Event): Event =>
  event.kind === 'domain.created' ? { ...event, body: { ...event.body, ledgerKey: ledgerPublicKey } } : event

before(async () => {
  history = approvedWrite()
  const tiles = folderTiles(place.tree)
  const disk = nodeDisk(paths.ledger)
  const { newest } = await writtenTo({ disk, tiles, headFile: place.heads }, history.events.map(stored))
  const key = createWitnessKey(join(home, 'w.key'), 'witness.example/one')
  assert.ok(key.ok)
  witness = key.value.key
  const text = newest.slice(0, newest.indexOf('\n\n') + 1)
  new NoteFile(place.cosigned).append(newest + cosign(sha256, witness, key.value.sign, text, 1_790_000_000))
  bundle = made(history.last('call.settled').seq)
})
after(() => rmSync(home, { recursive: true }))

function made(seq: number): EvidenceBundle {
  const folder = openLedgerFolder(paths)
  return makeBundle(folder, evidenceOf(paths, folder), seq, false)
}

interface Checked {
  readonly valid: boolean
  readonly problems: readonly string[]
  readonly authority: readonly { readonly event: number }[]
  readonly orders: readonly {
    readonly event: number
    readonly operatorName: string
    readonly sound: boolean
  }[]
  readonly cosigned: { readonly [witness: string]: number }
  readonly isKeyGiven: boolean
}

function check(
  text: string,
  key: NoteKey | null = ledgerKey,
  witnesses: readonly NoteKey[] = [witness],
): Checked {
  let said: unknown = null
  const out = { json: true, result: (value: unknown) => void (said = value), note: () => undefined }
  const holds = checkBundle(text, { key, witnesses }, out)
  const checked = said as Checked
  assert.equal(checked.valid, holds)
  return checked
}

/** Whether the verifier that shares no code with ours accepts it too. */
function isProved(text: string): boolean {
  try {
    verifyBundle(text, formatKey(sha256, ledgerKey), [formatKey(sha256, witness)])
    return true
  } catch {
    return false
  }
}

test('a bundle verifies from itself and a key, up to the grant and the operators who signed', () => {
  const checked = check(JSON.stringify(bundle))
  assert.deepEqual(checked.problems, [])
  const authority = [
    history.last('call.approved').seq,
    history.events.find(({ kind }) => kind === 'capability.granted')?.seq,
  ]
  assert.deepEqual(
    checked.authority.map(({ event }) => event),
    authority,
  )
  assert.deepEqual(checked.cosigned, { 'witness.example/one': 1_790_000_000 })
  assert.equal(isProved(JSON.stringify(bundle)), true)
  const kinds = new Map<number, string>(history.events.map((event) => [event.seq, event.kind]))
  const signed = checked.orders.map(({ event }) => kinds.get(event))
  assert.deepEqual(signed, ['driver.added', 'agent.added', 'capability.granted', 'call.approved'])
  assert.ok(checked.orders.every(({ sound, operatorName }) => sound && operatorName === 'ada'))
  assert.ok(bundle.records.length < 15, 'and holds nothing that it does not stand on')
})

test('without a key from elsewhere it says so, and another key or witness does not do', () => {
  const text = JSON.stringify(bundle)
  assert.equal(check(text, null).isKeyGiven, false)
  assert.equal(check(text, { ...ledgerKey, publicKey: witness.publicKey }).valid, false)
  assert.equal(check(text, { ...ledgerKey, name: 'custos/main/0011223344556677' }).valid, false)
  assert.match(
    check(text, ledgerKey, [{ ...witness, name: 'witness.example/two' }]).problems[0] ?? '',
    /not cosigned/,
  )
})

test('it falls with any record, proof or line of it', () => {
  const base = (bytes: string, change: (buffer: Buffer) => void): string => {
    const buffer = Buffer.from(bytes, 'base64')
    change(buffer)
    return buffer.toString('base64')
  }
  const variants: EvidenceBundle[] = []
  for (const [index, one] of bundle.records.entries()) {
    const put = (changed: typeof one): EvidenceBundle => ({
      ...bundle,
      records: bundle.records.map((record, at) => (at === index ? changed : record)),
    })
    for (const at of [0, 17, 110, Buffer.from(one.record, 'base64').length - 1])
      variants.push(
        put({ ...one, record: base(one.record, (bytes) => bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at)) }),
      )
    variants.push(
      put({ ...one, proof: one.proof.slice(1) }),
      put({ ...one, proof: [...one.proof, one.proof[0] ?? ''] }),
    )
    variants.push(put({ ...one, seq: one.seq + 1 }))
    for (let step = 0; step < one.proof.length; step++) {
      const proof = one.proof.map((hash, at) =>
        at === step ? base(hash, (bytes) => bytes.writeUInt8((bytes[5] ?? 0) ^ 1, 5)) : hash,
      )
      variants.push(put({ ...one, proof }))
    }
  }
  variants.push({ ...bundle, checkpoint: bundle.checkpoint.replace('\nchain ', '\nchain  ') })
  variants.push({ ...bundle, checkpoint: bundle.checkpoint.replace(/\n\d+\n/, '\n9\n') })
  variants.push({ ...bundle, event: bundle.event + 1 })
  variants.push({ ...bundle, records: bundle.records.toReversed() })
  for (const variant of variants) {
    assert.equal(check(JSON.stringify(variant)).valid, false)
    assert.equal(isProved(JSON.stringify(variant)), false)
  }
  for (const text of [
    '',
    '{}',
    'null',
    JSON.stringify({ ...bundle, records: [] }),
    JSON.stringify({ ...bundle, custos: 'x' }),
  ])
    assert.equal(check(text).valid, false)
})

test('leaving out what it stands on is noticed: the grant, the approval, the operator, the beginning', () => {
  const kinds = new Map<number, string>(history.events.map((event) => [event.seq, event.kind]))
  for (const kind of [
    'capability.granted',
    'call.approved',
    'call.held',
    'operator.enrolled',
    'domain.created',
  ]) {
    const records = bundle.records.filter(({ seq }) => kinds.get(seq) !== kind)
    assert.ok(records.length < bundle.records.length, kind)
    assert.equal(check(JSON.stringify({ ...bundle, records })).valid, false, kind)
  }
})

test('tiles that are gone or wrong are no hindrance: the tree is built from the records', () => {
  const tile = join(place.tree, 'tile/0/000')
  const tiles = folderTiles(place.tree)
  const bytes = Buffer.from(readFileSync(tile))
  bytes.writeUInt8((bytes[40] ?? 0) ^ 1, 40)
  tiles.write('tile/0/000', bytes)
  assert.deepEqual(made(bundle.event), bundle)
  tiles.remove('tile')
  assert.deepEqual(made(bundle.event), bundle)
})

test('what verifies a bundle imports nothing of Node.js', () => {
  const seen = new Set<string>()
  const walk = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const source = readFileSync(file, 'utf8')
    assert.doesNotMatch(source, /\bBuffer\b(?!`)|\bprocess\./, file)
    for (const [, target = ''] of source.matchAll(/^(?:import|export) (?!type )[^']* from '([^']+)'/gm)) {
      assert.match(target, /^\.{1,2}\//, `${file} imports ${target}`)
      walk(resolve(dirname(file), target))
    }
  }
  walk(resolve(import.meta.dirname, '../../../src/witness/evidence-bundle.ts'))
  assert.ok(seen.size >= 6)
})
