#!/usr/bin/env node
/**
 * Verifies an evidence bundle of a Custos ledger, written from docs/evidence.md and the C2SP and RFC texts alone: it
 * shares no code with Custos. It checks that every record is in the tree that the ledger's key, and each witness that
 * is named, signed. What the records say it does not judge.
 *
 *     node proof/verify-bundle.mjs BUNDLE --key KEY [--witness KEY]…
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const leafPrefix = Buffer.from([0])
const nodePrefix = Buffer.from([1])

function fail(message) {
  throw new Error(message)
}

function base64(text) {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : fail(`not base64: ${text.slice(0, 40)}`)
}

/** A key `name+id+base64(type, key)`. */
function readKey(word) {
  const [name, id, ...rest] = word.split('+')
  const bytes = base64(rest.join('+'))
  const own = sha256(Buffer.from(`${name}\n`), bytes)
    .subarray(0, 4)
    .toString('hex')
  if (bytes.length !== 33 || own !== id) fail(`not a key: ${word}`)
  return { name, id, type: bytes[0], raw: bytes.subarray(1) }
}

function isSigned(raw, message, signature) {
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw])
  return verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature)
}

/** The text of a note and what follows each of its key ids. */
function readNote(note) {
  const split = note.lastIndexOf('\n\n')
  const signatures = note
    .slice(split + 2)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [dash, name, blob] = line.split(' ')
      if (dash !== '\u2014') fail('not a signature line')
      const bytes = base64(blob)
      return { name, id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) }
    })
  return { text: note.slice(0, split + 1), signatures }
}

function signatureBy(note, key) {
  const own = note.signatures.filter(({ name, id }) => name === key.name && id === key.id)
  return own.length === 1 ? own[0].bytes : fail(`${key.name} has not signed once`)
}

/** The root that RFC 6962 §2.1.1 gives, read from the leaf upwards: which side each step is on follows from the sizes. */
function rootOf(leaf, index, size, proof) {
  if (size === 1) return proof.length === 0 ? leaf : fail('a proof is too long')
  let k = 1
  while (k * 2 < size) k *= 2
  const step = proof.at(-1) ?? fail('a proof is too short')
  const rest = proof.slice(0, -1)
  return index < k
    ? sha256(nodePrefix, rootOf(leaf, index, k, rest), step)
    : sha256(nodePrefix, step, rootOf(leaf, index - k, size - k, rest))
}

/** Throws unless everything holds. Returns what the bundle is about. */
export function verifyBundle(text, keyWord, witnessWords = []) {
  const bundle = JSON.parse(text)
  if (bundle.custos !== 'evidence-bundle-1') fail('not an evidence bundle')
  const key = readKey(keyWord)
  const note = readNote(bundle.checkpoint)
  const [origin, sizeLine, rootLine] = note.text.split('\n')
  if (origin !== key.name || key.type !== 1) fail('another log')
  if (!isSigned(key.raw, Buffer.from(note.text), signatureBy(note, key)))
    fail('the ledger key did not sign it')
  const cosigned = witnessWords.map((word) => {
    const witness = readKey(word)
    const signature = signatureBy(note, witness)
    const time = signature.readBigUInt64BE(0)
    const message = Buffer.from(`cosignature/v1\ntime ${time}\n${note.text}`)
    if (witness.type !== 4 || !isSigned(witness.raw, message, signature.subarray(8))) fail('not cosigned')
    return { name: witness.name, time: Number(time) }
  })
  const size = Number(sizeLine)
  const root = base64(rootLine)
  let last = 0
  for (const { seq, record, proof } of bundle.records) {
    const bytes = base64(record)
    if (seq <= last || seq > size || Number(bytes.readBigUInt64LE(8)) !== seq)
      fail(`record ${seq} is out of place`)
    last = seq
    const reached = rootOf(sha256(leafPrefix, bytes), seq - 1, size, proof.map(base64))
    if (!reached.equals(root)) fail(`event ${seq} is not in the tree`)
  }
  if (!bundle.records.some(({ seq }) => seq === bundle.event)) fail('the event is missing')
  return { event: bundle.event, records: bundle.records.length, size, cosigned }
}

function main([file, ...args]) {
  const valuesOf = (flag) => args.flatMap((word, at) => (word === flag ? [args[at + 1] ?? ''] : []))
  const [key] = valuesOf('--key')
  if (file === undefined || key === undefined) {
    process.stderr.write('usage: verify-bundle.mjs BUNDLE --key KEY [--witness KEY]…\n')
    return 2
  }
  try {
    const { event, records, size, cosigned } = verifyBundle(
      readFileSync(file, 'utf8'),
      key,
      valuesOf('--witness'),
    )
    const witnesses = cosigned.map(
      ({ name, time }) => `, cosigned by ${name} at ${new Date(time * 1000).toISOString()}`,
    )
    process.stdout.write(
      `valid: event ${event}, one of ${records} in the tree of ${size} events${witnesses.join('')}\n`,
    )
    return 0
  } catch (problem) {
    process.stdout.write(`NOT VALID: ${problem.message}\n`)
    return 1
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = main(process.argv.slice(2))
