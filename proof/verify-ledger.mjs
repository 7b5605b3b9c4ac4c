#!/usr/bin/env node
/**
 * Verifies a ledger folder, written from docs/ledger-format.md alone: it shares no code with the writer and
 * uses nothing but Node's file system and crypto.
 *
 *   node proof/verify-ledger.mjs LEDGER_FOLDER [--checkpoint FILE] [--key PUBLIC_KEY] [--blobs FOLDER] [--json]
 *
 * Exit status: 0 valid, 1 not valid, 2 wrong usage.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const SECTOR = 512
const SLOTS = 64
const KINDS = 66
const MAX_BATCH = 8 * 1024 * 1024
const MAX_BODY = 4 * 1024 * 1024

/** Ends the verification of one file with a message and a place. */
class Invalid extends Error {
  constructor(offset, message) {
    super(message)
    this.offset = offset
  }
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest()

function demand(condition, offset, message) {
  if (!condition) throw new Invalid(offset, message)
}

function demandZero(bytes, from, to, message) {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) throw new Invalid(at, message)
}

function number(bytes, at) {
  const value = bytes.readBigUInt64LE(at)
  demand(value <= 9007199254740991n, at, 'a number is beyond 2^53-1')
  return Number(value)
}

/**
 * Verifies a ledger given as file names and contents.
 * @param {Map<string, Uint8Array>} files
 * @param {{checkpoint?: string, publicKey?: string, blob?: (digest: string) => Uint8Array | null}} [options]
 */
export function verifyFolder(files, options = {}) {
  const problems = []
  const ledger = {
    seq: 0,
    batches: 0,
    chain: Buffer.alloc(32),
    domain: null,
    id: null,
    key: null,
    at: new Map(),
  }
  const attempt = (file, check) => {
    try {
      check()
      return true
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      problems.push({ file, offset: error.offset, message: error.message })
      return false
    }
  }
  const names = [...files.keys()].filter((name) => !name.endsWith('.tmp')).sort()
  const segments = names.filter((name) => /^[0-9]{8}\.seg$/.test(name))
  let ended = false
  for (const [index, name] of segments.entries()) {
    const bytes = buffer(files.get(name))
    const whole = attempt(name, () => {
      demand(Number(name.slice(0, 8)) === index + 1, 0, `segment ${index + 1} is missing`)
      demand(
        bytes.length % SECTOR === 0 && bytes.length >= 4096 && bytes.length <= 2 ** 30,
        0,
        'impossible length',
      )
      if (bytes[0] === 0) ended = true
      if (ended) demandZero(bytes, 0, bytes.length, 'bytes after the end of the ledger')
      else readSegment(bytes, index + 1, ledger, options)
    })
    // What follows cannot be judged: it would have to continue what is not there.
    if (!whole) break
  }
  const key = options.publicKey ?? ledger.key
  let newest = null
  attempt('checkpoints', () => {
    demand(files.has('checkpoints'), 0, 'the file is missing')
    newest = readCheckpoints(buffer(files.get('checkpoints')), ledger, key)
  })
  if (ledger.seq > 0) {
    attempt(segments[0], () =>
      demand(ledger.key !== null && ledger.key === key, 0, 'made for another ledger key'),
    )
  }
  if (options.checkpoint !== undefined) {
    attempt('the given checkpoint', () => judge(readCheckpoint(options.checkpoint, 0), ledger, key, 0))
  }
  for (const name of names) {
    if (name === 'checkpoints' || segments.includes(name)) continue
    const torn = /^torn-[0-9]{16}-([0-9a-f]{64})$/.exec(name)
    attempt(name, () => {
      demand(torn !== null, 0, 'not a file of a ledger')
      demand(sha256(files.get(name)).toString('hex') === torn[1], 0, 'not the bytes its name states')
    })
  }
  const valid = problems.length === 0
  return {
    valid,
    sealed: valid && newest !== null && newest.seq === ledger.seq,
    domain: ledger.domain,
    events: ledger.seq,
    batches: ledger.batches,
    head: ledger.chain.toString('hex'),
    checkpoint: newest === null ? null : { seq: newest.seq, number: newest.number, time: newest.time },
    problems,
  }
}

function buffer(bytes) {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function readSegment(bytes, ordinal, ledger, options) {
  const hash = bytes.subarray(480, 512)
  demand(bytes.toString('latin1', 0, 8) === 'CUSTOSEG', 0, 'no segment header')
  demand(sha256(bytes.subarray(0, 480)).equals(hash), 0, 'the segment header does not match its hash')
  const version = bytes.readUInt32LE(8)
  demand(version === 1 || version === 2, 8, 'unknown format version')
  demand(bytes.readUInt32LE(12) === ordinal, 12, 'another segment under this name')
  demand(number(bytes, 16) === bytes.length, 16, 'the file had another length')
  demand(number(bytes, 24) === ledger.seq + 1, 24, 'does not continue the segment before it')
  demand(bytes.subarray(32, 64).equals(ledger.chain), 32, 'does not continue the segment before it')
  const id = bytes.toString('hex', 64, 80)
  demand(ledger.id === null || ledger.id === id, 64, 'a segment of another ledger')
  const length = bytes.readUInt32LE(80)
  demand(length >= 1 && length <= 64, 80, 'impossible domain name')
  const domain = bytes.toString('latin1', 88, 88 + length)
  demand(/^[a-z0-9][a-z0-9.-]*$/.test(domain), 88, 'impossible domain name')
  demand(ledger.domain === null || ledger.domain === domain, 88, 'a segment of another domain')
  demandZero(bytes, 84, 88, 'reserved bytes')
  demandZero(bytes, 88 + length, 480, 'reserved bytes')
  Object.assign(ledger, { id, domain, version, chain: Buffer.from(hash) })
  let at = 512
  while (at < bytes.length && bytes[at] !== 0) at = readBatch(bytes, at, ledger, options)
  demand(at > 512, 512, 'a segment without a batch')
  demandZero(bytes, at, bytes.length, 'bytes after the last batch')
}

function readBatch(bytes, at, ledger, options) {
  demand(bytes.toString('latin1', at, at + 4) === 'CBAT', at, 'no batch')
  const length = bytes.readUInt32LE(at + 4)
  demand(length + bytes.readUInt32LE(at + 8) === 0xffffffff, at + 4, 'impossible batch length')
  demand(length % SECTOR === 0 && length > 0 && length <= MAX_BATCH, at + 4, 'impossible batch length')
  demand(at + length <= bytes.length, at + 4, 'a batch beyond its segment')
  const end = at + length - 32
  const chain = bytes.subarray(end, end + 32)
  demand(sha256(bytes.subarray(at, end)).equals(chain), at, 'a batch does not match its hash')
  demand(
    bytes.subarray(at + 32, at + 64).equals(ledger.chain),
    at + 32,
    'a batch does not continue the chain',
  )
  demand(number(bytes, at + 16) === ledger.seq + 1, at + 16, 'a batch does not continue the sequence')
  demandZero(bytes, at + 24, at + 32, 'reserved bytes')
  const count = bytes.readUInt32LE(at + 12)
  demand(count > 0, at + 12, 'an empty batch')
  let next = at + 64
  for (let index = 0; index < count; index++)
    next = readRecord(bytes, next, end, ++ledger.seq, ledger, options)
  demand(end - next < SECTOR, next, 'too much padding')
  demandZero(bytes, next, end, 'padding')
  ledger.chain = Buffer.from(chain)
  ledger.batches++
  ledger.at.set(ledger.seq, ledger.chain)
  return at + length
}

function readRecord(bytes, at, end, seq, ledger, options) {
  demand(at + 104 <= end, at, 'a record is cut off')
  const length = bytes.readUInt32LE(at)
  const bodyLength = bytes.readUInt32LE(at + 56)
  const plainLength = bytes.readUInt32LE(at + 60)
  const storedLength = bytes.readUInt32LE(at + 64)
  const filled = 104 + bodyLength + storedLength
  demand(length === Math.ceil(filled / 8) * 8 && at + length <= end, at, 'impossible record length')
  demandZero(bytes, at + filled, at + length, 'padding')
  const kind = bytes.readUInt16LE(at + 4)
  demand(kind >= 1 && kind <= KINDS, at + 4, 'unknown event kind')
  const codec = bytes[at + 6]
  const codecs = ledger.version === 1 ? [1] : [2, 3]
  demand(codecs.includes(codec), at + 6, 'a body codec that is none of this format version')
  demand(number(bytes, at + 8) === seq, at + 8, 'wrong position')
  for (const field of [16, 24, 32, 40, 48]) number(bytes, at + field)
  demand(number(bytes, at + 24) < seq, at + 24, 'caused by a later event')
  demand((number(bytes, at + 40) === 0) === (number(bytes, at + 48) === 0), at + 40, 'half an authority')
  const actor = bytes.readUInt32LE(at + 68)
  demand(actor >= 1 && actor <= 5, at + 68, 'unknown kind of actor')
  const stored = bytes.subarray(at + 104 + bodyLength, at + filled)
  readPayload(bytes, at, plainLength, stored, ledger.version, options)
  demand(bodyLength <= MAX_BODY, at + 56, 'a body is too long')
  const text = bytes.subarray(at + 104, at + 104 + bodyLength)
  const body = codec === 2 ? readPacked(kind, text, at + 104) : readBody(text, at + 104)
  demand(codec !== 3 || !isPacked(kind, body), at + 6, 'a body that is packed stands here as JSON')
  demand((seq === 1) === (kind === 1), at + 4, 'event 1, and no other, creates the domain')
  if (seq === 1) ledger.key = body.ledgerKey
  return at + length
}

function readPayload(bytes, at, plainLength, stored, version, options) {
  const form = bytes[at + 7]
  if (form === 0) {
    demand(plainLength === 0 && stored.length === 0, at + 60, 'a payload that is none')
    demandZero(bytes, at + 72, at + 104, 'a commitment to nothing')
  } else if (form === 1) {
    demand(plainLength <= 4096 && stored.length <= 4352, at + 60, 'an inline payload is too long')
    if (version === 1) return
    demand(stored.length === 32 + plainLength, at + 64, 'a sealed payload has the wrong length')
    demand(stored.readUInt32LE(0) === 2, at + 64, 'a payload is sealed in another form')
    number(stored, 8)
  } else {
    demand(form === 2, at + 7, 'unknown payload form')
    const length = version === 1 ? 32 : 40
    demand(plainLength > 4096 && stored.length === length, at + 60, 'impossible blob reference')
    if (version === 2) number(stored, 32)
    if (options.blob === undefined) return
    const digest = stored.toString('hex', 0, 32)
    const sealed = options.blob(digest)
    demand(sealed !== null, at, `blob ${digest} is missing`)
    demand(sha256(sealed).equals(stored.subarray(0, 32)), at, `blob ${digest} is not what the event names`)
  }
}

const EFFECTS = ['observe', 'change', 'act', 'spend', 'govern']
const VERDICTS = ['allow', 'deny', 'ask']
const OUTCOMES = ['done', 'failed', 'timed-out', 'cancelled', 'in-doubt']
const ADMITTED = 19
const SETTLED = 20
const REFUSED = 14

/** The body that packed bytes stand for; each member is checked as the format page says. */
function readPacked(kind, bytes, offset) {
  const fixed = { [ADMITTED]: 56, [SETTLED]: 16, [REFUSED]: 40 }[kind]
  demand(fixed !== undefined && bytes.length >= fixed, offset, 'a packed body that is none')
  let at = fixed
  const take = (length) => {
    demand(at + length <= bytes.length, offset, 'a packed body is cut off')
    at += length
    return bytes.subarray(at - length, at)
  }
  const text = (length) => readText(take(length), offset)
  const verdict = (length) => readVerdict(take(length), offset)
  const short = (field) => bytes.readUInt16LE(field)
  const traced = (length) => (length === 0 ? {} : { trace: text(length) })
  const named = (names, code) => {
    demand(code >= 1 && code <= names.length, offset, 'an unknown code in a packed body')
    return names[code - 1]
  }
  let body
  if (kind === ADMITTED) {
    demand(bytes[1] === 0, offset + 1, 'reserved bytes')
    const [process, object, call, capability, deadline, cost] = numbers(bytes, 8, 6)
    const effect = named(EFFECTS, bytes[0])
    const said = { selector: text(short(2)), verdict: verdict(short(4)), ...traced(short(6)) }
    body = { process, object, call, capability, deadline, effect, ...said, ...(cost === 0 ? {} : { cost }) }
  } else if (kind === SETTLED) {
    demandZero(bytes, 4, 8, 'reserved bytes')
    demand(bytes[1] <= 1, offset + 1, 'neither true nor false')
    const reason = text(short(2))
    body = { call: number(bytes, 8), outcome: named(OUTCOMES, bytes[0]), reason, released: bytes[1] === 1 }
  } else {
    demandZero(bytes, 12, 16, 'reserved bytes')
    const [process, object, collects] = numbers(bytes, 16, 3)
    const [selector, code, message, needed] = [0, 2, 4, 6].map((field) => text(short(field)))
    const judged = short(8) === 0 ? null : verdict(short(8))
    body = {
      process,
      object,
      collects,
      selector,
      code,
      message,
      needed,
      verdict: judged,
      ...traced(short(10)),
    }
  }
  demand(at === bytes.length, offset, 'bytes after a packed body')
  return body
}

function numbers(bytes, at, count) {
  return Array.from({ length: count }, (_, index) => number(bytes, at + index * 8))
}

function readText(bytes, offset) {
  const text = bytes.toString('utf8')
  demand(Buffer.from(text).equals(bytes), offset, 'text that is not UTF-8')
  demand(!hasControl(text), offset, 'a control character in packed text')
  return text
}

function readVerdict(bytes, offset) {
  demand(bytes.length >= 4 && bytes[0] >= 1 && bytes[0] <= 3, offset, 'not a verdict')
  let at = 4 + bytes.readUInt16LE(2)
  demand(at <= bytes.length, offset, 'not a verdict')
  const version = readText(bytes.subarray(4, at), offset)
  const reasons = []
  for (let left = bytes[1]; left > 0; left--) {
    demand(at + 2 < bytes.length, offset, 'not a verdict')
    const end = at + 2 + bytes.readUInt16LE(at)
    demand(end > at + 2 && end <= bytes.length, offset, 'not a verdict')
    reasons.push(readText(bytes.subarray(at + 2, end), offset))
    at = end
  }
  demand(at === bytes.length, offset, 'not a verdict')
  return { effect: VERDICTS[bytes[0] - 1], version, reasons }
}

/** Whether a body that was read as JSON has a packed form, and so should have been packed. */
function isPacked(kind, body) {
  const needs = {
    [ADMITTED]: ['process object call capability deadline', 'selector', 'effect verdict'],
    [SETTLED]: ['call', 'reason', 'outcome released'],
    [REFUSED]: ['process object collects', 'selector code message needed', 'verdict'],
  }[kind]
  if (needs === undefined) return false
  const [counts, texts, others] = needs.map((names) => names.split(' '))
  const optional = { [ADMITTED]: ['cost', 'trace'], [SETTLED]: [], [REFUSED]: ['trace'] }[kind]
  const needed = [...counts, ...texts, ...others]
  const extra = Object.keys(body).filter((name) => !needed.includes(name))
  if (!needed.every((name) => name in body) || !extra.every((name) => optional.includes(name))) return false
  if (!counts.every((name) => numeric(body[name]))) return false
  if (!texts.every((name) => textual(body[name]))) return false
  if ('cost' in body && !(numeric(body.cost) && body.cost > 0)) return false
  if ('trace' in body && !(textual(body.trace) && body.trace !== '')) return false
  if (kind === ADMITTED) return EFFECTS.includes(body.effect) && isVerdict(body.verdict)
  if (kind === SETTLED) return OUTCOMES.includes(body.outcome) && typeof body.released === 'boolean'
  return body.verdict === null || isVerdict(body.verdict)
}

const hasControl = (text) => [...text].some((character) => character < ' ')
const numeric = (value) => Number.isSafeInteger(value) && value >= 0
const textual = (value) => typeof value === 'string' && value.length <= 21_845 && !hasControl(value)

function isVerdict(value) {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 3) return false
  const { effect, version, reasons } = value
  if (!VERDICTS.includes(effect) || !textual(version) || !Array.isArray(reasons)) return false
  if (reasons.length > 255 || !reasons.every((reason) => textual(reason) && reason !== '')) return false
  const length = (text) => Buffer.byteLength(text)
  return reasons.reduce((sum, reason) => sum + 2 + length(reason), 4 + length(version)) <= 65_535
}

/** A body is canonical exactly when writing what was read gives the same bytes. */
function readBody(bytes, offset) {
  const text = bytes.toString('utf8')
  let value
  try {
    value = parseBody(text)
  } catch {
    throw new Invalid(offset, 'a body is not JSON')
  }
  demand(
    typeof value === 'object' && value !== null && !Array.isArray(value),
    offset,
    'a body is not an object',
  )
  demand(Buffer.from(canonical(value, 0, offset)).equals(bytes), offset, 'a body is not canonical')
  return value
}

/** V8 as of Node.js 26 takes a name with an escape for another one now and then: then every name is read by itself. */
export function parseBody(text) {
  const value = JSON.parse(text)
  if (!/\\.[^"\\]*":/s.test(text)) return value
  let at = 0
  const word = () => {
    const begin = at
    if (text[at] !== '"') while (!',]}'.includes(text[at] ?? ',')) at++
    else for (at++; text[at++] !== '"';) at += text[at - 1] === '\\' ? 1 : 0
    return JSON.parse(text.slice(begin, at))
  }
  const read = (depth) => {
    const open = text[at]
    if (depth > 64 || (open !== '{' && open !== '[')) return word()
    const items = []
    for (at++; text[at] !== '}' && text[at] !== ']'; at += text[at] === ',' ? 1 : 0) {
      if (open === '[') items.push(read(depth + 1))
      else {
        const name = word()
        at++
        items.push([name, read(depth + 1)])
      }
    }
    at++
    return open === '{' ? Object.fromEntries(items) : items
  }
  return read(0)
}

function canonical(value, depth, offset) {
  if (typeof value === 'number') {
    demand(Math.abs(value) <= Number.MAX_SAFE_INTEGER, offset, 'a number in a body is too large')
    return JSON.stringify(value)
  }
  if (typeof value === 'string') {
    demand(value.isWellFormed(), offset, 'a string in a body is not well formed')
    return JSON.stringify(value)
  }
  if (value === null || typeof value === 'boolean') return String(value)
  demand(depth < 64, offset, 'a body nests too deeply')
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1, offset)).join(',')}]`
  const names = Object.keys(value).sort()
  const members = names.map(
    (name) => `${canonical(name, depth, offset)}:${canonical(value[name], depth + 1, offset)}`,
  )
  return `{${members.join(',')}}`
}

function readCheckpoints(bytes, ledger, key) {
  demand(bytes.length === SLOTS * SECTOR, 0, 'the file has another length')
  const found = []
  for (let at = 0; at < bytes.length; at += SECTOR) {
    const slot = bytes.subarray(at, at + SECTOR)
    const zero = slot.indexOf(0)
    if (zero === 0) {
      demandZero(bytes, at, at + SECTOR, 'bytes in an empty slot')
      continue
    }
    const end = zero === -1 ? SECTOR : zero
    demandZero(bytes, at + end, at + SECTOR, 'bytes after a checkpoint')
    const text = slot.toString('utf8', 0, end)
    demand(Buffer.from(text).equals(slot.subarray(0, end)), at, 'a checkpoint is not UTF-8')
    const checkpoint = readCheckpoint(text, at)
    demand(((checkpoint.number - 1) % SLOTS) * SECTOR === at, at, 'a checkpoint in another slot')
    found.push({ at, checkpoint })
  }
  found.sort((a, b) => a.checkpoint.number - b.checkpoint.number)
  let last = 0
  for (const { at, checkpoint } of found) {
    judge(checkpoint, ledger, key, at)
    demand(checkpoint.seq >= last, at, 'a later checkpoint covers less')
    last = checkpoint.seq
  }
  const newest = found.at(-1)?.checkpoint ?? null
  const numbers = new Set(found.map(({ checkpoint }) => checkpoint.number))
  for (let n = newest?.number ?? 0; n > 0 && n > newest.number - (SLOTS - 1); n--) {
    demand(numbers.has(n), ((n - 1) % SLOTS) * SECTOR, `checkpoint ${n} is missing`)
  }
  return newest
}

const SHAPE =
  /^custos\/([a-z0-9][a-z0-9.-]{0,63})\n([1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\ncheckpoint ([1-9][0-9]{0,15})\nstate ([A-Za-z0-9._-]{1,128})\ntime (0|[1-9][0-9]{0,15})\n\n\u2014 custos\/([a-z0-9.-]+) ([A-Za-z0-9+/]{91}=)\n$/

function readCheckpoint(text, offset) {
  const match = SHAPE.exec(text)
  demand(match !== null, offset, 'not a checkpoint')
  const [, domain, seq, chain, n, state, time, signer, signature] = match
  demand(domain === signer, offset, 'signed under another name')
  for (const encoded of [chain, signature]) {
    demand(Buffer.from(encoded, 'base64').toString('base64') === encoded, offset, 'base64 is not canonical')
  }
  const blob = Buffer.from(signature, 'base64')
  const signed = Buffer.from(text.slice(0, text.indexOf('\n\n') + 1))
  return {
    domain,
    seq: Number(seq),
    chain: Buffer.from(chain, 'base64'),
    number: Number(n),
    state,
    time: Number(time),
    keyHash: blob.subarray(0, 4),
    signature: blob.subarray(4),
    signed,
  }
}

function judge(checkpoint, ledger, key, offset) {
  demand(
    typeof key === 'string' && /^[A-Za-z0-9_-]{43}$/.test(key),
    offset,
    'there is no ledger key to verify with',
  )
  const raw = Buffer.from(key, 'base64url')
  const name = Buffer.from(`custos/${checkpoint.domain}\n\u0001`)
  demand(
    sha256(Buffer.concat([name, raw]))
      .subarray(0, 4)
      .equals(checkpoint.keyHash),
    offset,
    'signed by another key',
  )
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' })
  demand(
    verify(null, checkpoint.signed, publicKey, checkpoint.signature),
    offset,
    'the signature does not verify',
  )
  demand(checkpoint.domain === ledger.domain, offset, 'a checkpoint of another domain')
  const message = `signs event ${checkpoint.seq}, but the ledger ends at event ${ledger.seq}`
  demand(checkpoint.seq <= ledger.seq, offset, message)
  const chain = ledger.at.get(checkpoint.seq)
  demand(chain !== undefined && chain.equals(checkpoint.chain), offset, 'signs another history')
}

function main(argv) {
  const usage =
    'usage: verify-ledger.mjs LEDGER_FOLDER [--checkpoint FILE] [--key KEY] [--blobs FOLDER] [--json]'
  const flags = new Map()
  const folders = []
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index]
    if (argument === '--json') flags.set(argument, true)
    else if (['--checkpoint', '--key', '--blobs'].includes(argument) && index + 1 < argv.length) {
      flags.set(argument, argv[++index])
    } else if (argument.startsWith('-')) return fail(usage)
    else folders.push(argument)
  }
  const [folder] = folders
  if (folders.length !== 1 || !existsSync(folder)) return fail(usage)
  const files = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]))
  const options = {}
  if (flags.has('--checkpoint')) options.checkpoint = readFileSync(flags.get('--checkpoint'), 'utf8')
  if (flags.has('--key')) options.publicKey = flags.get('--key')
  if (flags.has('--blobs')) options.blob = blobReader(flags.get('--blobs'))
  const report = verifyFolder(files, options)
  console.log(flags.has('--json') ? JSON.stringify(report) : describe(report))
  process.exitCode = report.valid ? 0 : 1
}

function blobReader(folder) {
  return (digest) => {
    const path = join(folder, digest.slice(0, 2), digest)
    return existsSync(path) ? readFileSync(path) : null
  }
}

function describe(report) {
  const lines = report.problems.map(({ file, offset, message }) => `${file} at ${offset}: ${message}`)
  const what = `${report.events} events in ${report.batches} batches, head ${report.head}`
  const seal = report.sealed ? 'sealed by its newest checkpoint' : 'not sealed: no checkpoint covers its end'
  lines.push(report.valid ? `valid: ${what}; ${seal}` : `NOT VALID after ${what}`)
  return lines.join('\n')
}

function fail(message) {
  console.error(message)
  process.exitCode = 2
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(process.argv.slice(2))
}
