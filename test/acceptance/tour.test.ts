/**
 * The tour, unattended, as a new user starts it, and then its own ledger under attack: a verifier that shares
 * no code with the writer accepts it, and finds every one of a thousand random changes of one byte.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { verifyFolder } from '../../proof/verify-ledger.mjs'
import { sampleEntropy } from '../../src/ledger/sample-events.ts'

const trials = 1000
const folder = mkdtempSync(join(tmpdir(), 'ctour-'))
const home = join(folder, 'h')
const cli = fileURLToPath(new URL('../../bin/custos.mjs', import.meta.url))
const env = { ...process.env, CUSTOS_KEYS: join(folder, 'keys'), CUSTOS_PORT: '0' }

after(() => rmSync(folder, { recursive: true, force: true }))

function ledgerFiles(): Map<string, Uint8Array> {
  const ledger = join(home, 'domains', 'main', 'ledger')
  return new Map(readdirSync(ledger).map((name) => [name, readFileSync(join(ledger, name))]))
}

test('the unattended tour shows everything on real parts and stops with exit 0', () => {
  const argv = [cli, 'start', '--yes', '--once', '--home', home]
  const ran = spawnSync(process.execPath, argv, { env, encoding: 'utf8', timeout: 120_000 })
  assert.equal(ran.status, 0, `${ran.stdout}\n${ran.stderr}`)
  const kinds = [
    'syscall.refused',
    'call.held',
    'call.approved',
    'capability.revoked',
    'domain.halted',
    'domain.resumed',
  ]
  for (const kind of kinds) assert.match(ran.stdout, new RegExp(`#\\d+ ${kind.replace('.', '\\.')}`, 'u'))
  for (const code of ['argument-refused|selector-not-granted', 'exhausted', 'revoked', 'halted']) {
    assert.match(ran.stdout, new RegExp(code, 'u'))
  }
  assert.match(ran.stdout, /cancelled: its authority was revoked/u)
  assert.match(ran.stdout, /valid: \d+ events/u)
  assert.match(ran.stdout, /NOT VALID/u)
})

test(`its ledger is accepted, sealed, and ${trials} of ${trials} random one-byte changes are found`, () => {
  const files = ledgerFiles()
  const report = verifyFolder(files)
  assert.deepEqual(report.problems, [])
  assert.ok(report.valid && report.sealed && report.events > 30)
  const entropy = sampleEntropy('tour')
  const draw = (below: number): number => Buffer.from(entropy.bytes(6)).readUIntLE(0, 6) % below
  const names = [...files.keys()].sort()
  // Most of a segment is still zeros; every other change is made where the events are.
  const used = new Map(
    [...files].map(([name, bytes]) => [name, Buffer.from(bytes).findLastIndex((byte) => byte !== 0) + 1]),
  )
  const missed: string[] = []
  for (let trial = 0; trial < trials; trial++) {
    const name = names[draw(names.length)] ?? ''
    const bytes = files.get(name) ?? new Uint8Array()
    const offset = draw(trial % 2 === 0 ? (used.get(name) ?? 0) || bytes.length : bytes.length)
    const original = bytes[offset] ?? 0
    bytes[offset] = original ^ (1 + draw(255))
    if (verifyFolder(files).valid) missed.push(`${name}@${offset}`)
    bytes[offset] = original
  }
  assert.deepEqual(missed, [])
})
