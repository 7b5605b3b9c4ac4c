/**
 * Every bit of what a start is checked against, flipped in turn: the canon that comes with the code, the home's copy
 * of an amended canon with its signatures, the same in the ledger, and the code manifest. Each flip refuses the start
 * and says what is wrong. The checks are the ones that kernel and supervisor make; they run in this process.
 */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { sha256Hex } from '../../../src/base/hash.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { parseStrictJson } from '../../../src/base/strict-json.ts'
import type { Event, EventOf } from '../../../src/kernel/event.ts'
import { evolve } from '../../../src/kernel/evolve.ts'
import { initialState } from '../../../src/kernel/state.ts'
import { CanonCheck } from '../../../src/machine/canon-check.ts'
import { canonPath, parseFoundingCanon, writeCanonFile } from '../../../src/seal/canon-file.ts'
import { whyNoCanon } from '../../../src/seal/canon-history.ts'
import { checkAllCode, codePaths, judgeCode } from '../../../src/seal/code-check.ts'
import { productRoot, readCode } from '../../../src/seal/code-manifest.ts'
import { domainUnder, keyholder, nextCanon, signatureOf, amend } from '../../harness/canon-domain.ts'

const folder = mkdtempSync(join(tmpdir(), 'custos-bits-'))
after(() => rmSync(folder, { recursive: true }))

/** Copies of `bytes` with one bit flipped, every `step`th bit in turn. The copy is reused. */
function* flips(bytes: Uint8Array, step = 1): Generator<Uint8Array> {
  const copy = Uint8Array.from(bytes)
  for (let bit = 0; bit < bytes.length * 8; bit += step) {
    const at = bit >> 3
    const before = copy[at] ?? 0
    copy[at] = before ^ (1 << (bit & 7))
    yield copy
    copy[at] = before
  }
}

/** A ledger under a second canon that three keyholders of both sets signed. */
function amendedLog(): readonly Event[] {
  const holders = ['a', 'b', 'c'].map((name) => keyholder(name))
  const domain = domainUnder(holders, 2)
  const canon = nextCanon(domain.state, holders, 3)
  const { refusal } = amend(
    domain,
    canon,
    ['a', 'b', 'c'].map((name) => signatureOf(name, canon)),
  )
  assert.equal(refusal, null)
  return domain.log
}

test('every bit of the canon that comes with the code', () => {
  const bytes = readFileSync(join(productRoot, 'canon', 'canon.json'))
  assert.equal(parseFoundingCanon(bytes, 'canon.json').ok, true)
  let count = 0
  for (const flipped of flips(bytes)) {
    const read = parseFoundingCanon(flipped, 'canon.json')
    assert.ok(!read.ok && read.error.includes('canon.json'), `bit ${count}`)
    count += 1
  }
  assert.equal(count, bytes.length * 8)
})

test('every bit of the home’s copy of the canon, its signature list included', () => {
  const home = join(folder, 'copy')
  const state = initialState()
  const check = new CanonCheck()
  const log = amendedLog()
  for (const event of log) foundedBy(state, event, check)
  const amended = log.findLast((event): event is EventOf<'canon.amended'> => event.kind === 'canon.amended')
  assert.ok(amended !== undefined)
  writeCanonFile(home, amended.body)
  assert.deepEqual(check.check(home, state), { ok: true, value: [] })
  const path = canonPath(home, 3)
  for (const flipped of flips(readFileSync(path))) {
    writeFileSync(path, flipped)
    const checked = check.check(home, state)
    assert.ok(!checked.ok && checked.error.includes(path))
  }
})

/** Folds as a start does. The small domain's founder has another key than its first event says. */
function foundedBy(state: ReturnType<typeof initialState>, event: Event, check: CanonCheck): void {
  if (event.kind === 'canon.amended') giveFounderKey(state)
  check.see(state, event)
  evolve(state, event)
}

function giveFounderKey(state: ReturnType<typeof initialState>): void {
  for (const [id, operator] of state.operators)
    state.operators.set(id, { ...operator, publicKey: keyholder('founder').publicKey })
}

test('every bit of an amendment in the ledger: text, digest and signatures', () => {
  const log = amendedLog()
  const last = log.findIndex((event) => event.kind === 'canon.amended' && event.body.version === 3)
  const state = initialState()
  for (const event of log.slice(0, last)) evolve(state, event)
  giveFounderKey(state)
  const event = log[last]
  assert.ok(event?.kind === 'canon.amended')
  assert.equal(whyNoCanon(state, event), null)
  const { signed: _signed, ...sealed } = event.body
  const bytes = Buffer.from(canonicalJson(sealed as unknown as Json))
  let read = 0
  for (const flipped of flips(bytes)) {
    const parsed = parseStrictJson(flipped)
    // What is no canonical JSON is no event; the ledger refuses it before anybody asks for a canon.
    if (!parsed.ok || !Buffer.from(canonicalJson(parsed.value)).equals(flipped)) continue
    read += 1
    const body = { ...(parsed.value as JsonObject), signed: event.body.signed }
    const why = whyNoCanon(state, { ...event, body } as unknown as Event)
    assert.match(why ?? '', /^the canon of event \d+ cannot be in force/, Buffer.from(flipped).toString())
  }
  assert.ok(read > 5_000, `${read} flips were still JSON`)
})

/** A product of three files, so that the whole of its manifest can be gone through. */
function smallProduct(name: string): string {
  const root = join(folder, name)
  for (const layer of ['base', 'kernel', 'ledger', 'machine', 'seal', 'supervisor', 'wire'])
    mkdirSync(join(root, 'src', layer), { recursive: true })
  writeFileSync(join(root, 'src', 'kernel', 'decide.ts'), 'export const decide = 1\n')
  mkdirSync(join(root, 'src', 'cli'))
  writeFileSync(join(root, 'src', 'cli', 'main.ts'), 'export const main = 1\n')
  cpSync(join(productRoot, 'canon'), join(root, 'canon'), { recursive: true })
  return root
}

test('every bit of a code manifest, for the supervisor and for the kernel', () => {
  const root = smallProduct('product')
  const home = join(folder, 'small')
  assert.equal(checkAllCode(home, root).ok, true)
  const { manifest } = codePaths(home)
  const bytes = readFileSync(manifest)
  assert.equal(checkAllCode(home, root).ok, true)
  assert.deepEqual(judgeCode(home, sha256Hex(bytes), root), {
    ok: true,
    value: { is: 'accepted', digest: sha256Hex(bytes) },
  })
  for (const flipped of flips(bytes)) {
    writeFileSync(manifest, flipped)
    const supervisors = checkAllCode(home, root)
    assert.ok(!supervisors.ok && supervisors.error.includes('custos upgrade'))
    const kernels = judgeCode(home, 'f'.repeat(64), root)
    assert.ok(!kernels.ok && kernels.error.includes('custos upgrade'))
  }
})

test('every bit of the code itself: the supervisor refuses all of it, the kernel its trusted core, both by name', () => {
  const root = smallProduct('product-2')
  const home = join(folder, 'files')
  assert.equal(checkAllCode(home, root).ok, true)
  const named = sha256Hex(readFileSync(codePaths(home).manifest))
  for (const file of ['src/kernel/decide.ts', 'src/cli/main.ts', 'canon/canon.json']) {
    const path = join(root, file)
    const bytes = readFileSync(path)
    for (const flipped of flips(bytes, file.endsWith('.json') ? 211 : 1)) {
      writeFileSync(path, flipped)
      const supervisors = checkAllCode(home, root)
      assert.ok(!supervisors.ok && supervisors.error.includes(`${file} (changed)`))
      const kernels = judgeCode(home, named, root)
      if (file !== 'src/cli/main.ts') assert.ok(!kernels.ok && kernels.error.includes(`${file} (changed)`))
    }
    writeFileSync(path, bytes)
  }
  assert.equal(checkAllCode(home, root).ok, true)
})

test('a file more, a file less and a file moved are named', () => {
  const root = smallProduct('product-3')
  const home = join(folder, 'moved')
  assert.equal(checkAllCode(home, root).ok, true)
  const named = sha256Hex(readFileSync(codePaths(home).manifest))
  const [from, to] = [join(root, 'src/kernel/decide.ts'), join(root, 'src/kernel/other.ts')]
  cpSync(from, to)
  rmSync(from)
  for (const checked of [checkAllCode(home, root), judgeCode(home, named, root)]) {
    assert.ok(!checked.ok)
    assert.match(checked.error, /src\/kernel\/decide\.ts \(missing\), src\/kernel\/other\.ts \(added\)/)
  }
})

test('bits of the manifest of all the code, one in four thousand', () => {
  const home = join(folder, 'all')
  assert.equal(checkAllCode(home).ok, true)
  const { manifest } = codePaths(home)
  const bytes = readFileSync(manifest)
  const present = readCode('all')
  for (const flipped of flips(bytes, 4001)) {
    writeFileSync(manifest, flipped)
    assert.equal(checkAllCode(home).ok, false)
  }
  assert.ok(present.size > 300)
})
