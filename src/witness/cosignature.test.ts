/** Notes, keys, tree heads and cosignatures: the examples of the C2SP texts, and everything that is nearly one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64url } from '../base/base64url.ts'
import { sha256 } from '../base/hash.ts'
import { publicKeyOf, sign } from '../base/signature.ts'
import { cosign, cosignedAt } from './cosignature.ts'
import { nodeVerification } from '../ledger/evidence/node-verification.ts'
import type { NoteKey } from '../ledger/evidence/note.ts'
import {
  formatKey,
  isSignedBy,
  parseKey,
  parseNote,
  signatureLine,
  textBytes,
} from '../ledger/evidence/note.ts'
import {
  domainOfOrigin,
  ledgerHeadLines,
  logKeyOf,
  parseLedgerHead,
  parseTreeHead,
  treeHeadText,
} from '../ledger/evidence/tree-head.ts'

const seed = sha256('a key of the tests')
const raw = (text: string): Uint8Array => fromBase64url(text) ?? new Uint8Array()
const publicKey = raw(publicKeyOf(seed))
const signRaw = (bytes: Uint8Array): Uint8Array => raw(sign(seed, bytes))
const log = logKeyOf(sha256, 'main', publicKey)
const witness: NoteKey = { name: 'witness.example/w1', type: 4, publicKey }
const head = {
  origin: log.name,
  size: 12,
  root: new Uint8Array(sha256('root')),
  extensions: ledgerHeadLines({
    chain: new Uint8Array(sha256('chain')),
    at: 1_790_000_000_000,
  }),
}
const text = treeHeadText(head)
const note = `${text}\n${signatureLine(sha256, log, signRaw(textBytes(text)))}`

const parsed = (content: string): Extract<ReturnType<typeof parseNote>, { ok: true }>['value'] => {
  const result = parseNote(content)
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

test('a tree head comes back from its note, and only its own key has signed it', () => {
  const read = parsed(note)
  assert.deepEqual(parseTreeHead(read.text), { ok: true, value: head })
  assert.deepEqual(parseLedgerHead(head), { chain: new Uint8Array(sha256('chain')), at: 1_790_000_000_000 })
  assert.equal(domainOfOrigin(log.name), 'main')
  assert.equal(isSignedBy(nodeVerification, read, log), true)
  assert.equal(isSignedBy(nodeVerification, read, { ...log, name: 'custos/other/0011223344556677' }), false)
  assert.equal(isSignedBy(nodeVerification, read, { ...log, publicKey: sha256('other') }), false)
  assert.equal(isSignedBy(nodeVerification, parsed(note.replace('\n12\n', '\n13\n')), log), false)
})

test('a second signature in the name of a key must hold as well, and strangers are ignored', () => {
  const wrong = signatureLine(sha256, log, new Uint8Array(64))
  assert.equal(isSignedBy(nodeVerification, parsed(note + wrong), log), false)
  const stranger = signatureLine(sha256, { ...log, name: 'stranger' }, new Uint8Array(64))
  assert.equal(isSignedBy(nodeVerification, parsed(note + stranger), log), true)
})

test('a cosignature says when, and holds for this text, this time and this key only', () => {
  const line = cosign(sha256, witness, signRaw, text, 1_679_315_147)
  const read = parsed(note + line)
  assert.equal(cosignedAt(nodeVerification, read, witness), 1_679_315_147)
  assert.equal(cosignedAt(nodeVerification, parsed(note), witness), null)
  assert.equal(cosignedAt(nodeVerification, read, { ...witness, name: 'witness.example/w2' }), null)
  assert.equal(cosignedAt(nodeVerification, parsed((note + line).replace('\n12\n', '\n13\n')), witness), null)
  const bytes = Buffer.from(line.trim().split(' ')[2] ?? '', 'base64')
  bytes[11] = (bytes[11] ?? 0) ^ 1
  const later = `\u2014 ${witness.name} ${bytes.toString('base64')}\n`
  assert.equal(cosignedAt(nodeVerification, parsed(note + later), witness), null)
})

test('the example of the cosignature text has a readable note with two kinds of signature', () => {
  const example = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`
  const read = parsed(example)
  assert.deepEqual(
    read.signatures.map(({ bytes }) => bytes.length),
    [64, 72],
  )
  const tree = parseTreeHead(read.text)
  assert.ok(tree.ok && tree.value.size === 20_852_163 && parseLedgerHead(tree.value) === null)
  const [, second] = read.signatures
  assert.equal(
    new DataView(second?.bytes.buffer ?? new ArrayBuffer(8), second?.bytes.byteOffset).getBigUint64(0),
    1_679_315_147n,
  )
})

test('what is nearly a note, a tree head or a key is none', () => {
  const bad = [
    '',
    text,
    note.slice(0, -1),
    note.replace('\u2014', '-'),
    note.replace('main', 'ma\tin'),
    `${note}\u2014 a+b AAAAAAAA\n`,
    `${note}\u2014 name AAAAAAB=\n`,
    `${note}\u2014 name AAAAAA==\n`,
    note + signatureLine(sha256, witness, new Uint8Array(72)).repeat(64),
    `${'x'.repeat(65_536)}\n\n${note}`,
  ]
  for (const [index, content] of bad.entries()) assert.equal(parseNote(content).ok, false, String(index))
  const heads = [
    'a\n1\n',
    'a\n01\nAAAA\n',
    `a\n-1\n${text.split('\n')[2]}\n`,
    'a\n1\nAAAA\n',
    `\n1\n${text.split('\n')[2]}\n`,
  ]
  for (const content of heads) assert.equal(parseTreeHead(content).ok, false, content)
  const word = formatKey(sha256, witness)
  assert.deepEqual(parseKey(sha256, word), { ok: true, value: witness })
  assert.deepEqual(parseKey(sha256, formatKey(sha256, log)), { ok: true, value: log })
  for (const other of [word.slice(1), word.slice(0, -4), word.replace('w1', 'w2'), 'a+b', ''])
    assert.equal(parseKey(sha256, other).ok, false, other)
})
