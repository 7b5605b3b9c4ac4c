/** What escrows are refused for, and who is left out, where no kernel runs. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { assumedOrder } from '../../../test/harness/assumed-order.ts'
import { StoredDomain } from '../../../test/harness/stored-domain.ts'
import { id } from '../../base/ids.ts'
import type { OrderAction } from '../../kernel/command.ts'
import { parseArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { flagsOf } from '../command.ts'
import { CommandFailure } from '../exit.ts'
import { homePaths } from '../home.ts'
import { backUp } from '../keeping/backup.ts'
import { sealEscrow } from '../keeping/escrow-file.ts'
import { newRecoveryCode, readRecoveryCode } from '../keeping/recovery-code.ts'
import { restoreBackup } from '../keeping/restore.ts'
import { ledgerEscrowCreateCommand } from './ledger-escrow.ts'
import { ledgerEscrowOpenCommand, ledgerEscrowShowCommand } from './ledger-escrow-open.ts'

type Printed = { readonly [name: string]: unknown }

/** Runs a command in a home, as somebody types it without a terminal. */
async function run(home: string, command: Command, ...words: readonly string[]): Promise<Printed> {
  const parsed = parseArguments(words, flagsOf(command))
  if (!parsed.ok) assert.fail(parsed.error)
  let printed: Printed = {}
  await command.run({
    paths: homePaths(home, {}),
    out: { json: true, result: (value) => void (printed = value as Printed), note: () => undefined },
    env: {},
    args: parsed.value,
    operator: null,
    passphrases: { file: null },
    showRecord: false,
  })
  return printed
}

function order({ core, now }: StoredDomain, command: OrderAction): number {
  const signed = assumedOrder(command, { count: 1_000_000 + core.state.seq, time: now })
  const { refusal } = core.submit({ kind: 'order', order: signed, waiting: true, undispatched: new Set() })
  assert.equal(refusal, null)
  return core.state.seq
}

interface Place {
  readonly domain: StoredDomain
  readonly ledgerKey: string
  /** Two subjects; the second is erased by the last event. */
  readonly subjects: readonly [number, number]
  readonly keys: readonly Buffer[]
  readonly file: string
  readonly code: string
  readonly backup: string
}

/** A home with two subjects, one erased after the escrow of both was recorded, and a backup of all that. */
async function place(t: TestContext): Promise<Place> {
  const domain = new StoredDomain()
  t.after(() => domain.dispose())
  const { ledgerKey } = await domain.open()
  await domain.addAgents(3)
  const [kept, gone] = [...domain.core.state.agents.keys()]
  assert.ok(kept !== undefined && gone !== undefined)
  const [file, code, backup] = ['keys.escrow', 'code', 'backup'].map((name) => join(domain.home, name))
  assert.ok(file !== undefined && code !== undefined && backup !== undefined)
  const word = newRecoveryCode()
  const keys = [0, kept, gone].map(() => randomBytes(32))
  const head = { domain: 'main', ledgerKey, madeAt: domain.now, subjects: [kept, gone] }
  const { text, digest } = sealEscrow(head, keys, readRecoveryCode(word) ?? new Uint8Array())
  writeFileSync(file, text)
  writeFileSync(code, word, { mode: 0o600 })
  order(domain, { do: 'escrow.create', digest, subjects: [kept, gone] })
  order(domain, { do: 'subject.erase', subject: id(gone), reason: '' })
  await domain.seal()
  await backUp(domain.folder, backup, { ledgerKey })
  return { domain, ledgerKey, subjects: [kept, gone], keys, file, code, backup }
}

async function fails(expected: RegExp, ran: Promise<unknown>): Promise<void> {
  await assert.rejects(ran, (problem) => {
    assert.ok(problem instanceof CommandFailure, String(problem))
    assert.match(problem.message, expected)
    assert.notEqual(problem.advice, '', 'it says what to do')
    return true
  })
}

const nowhere = '/nonexistent/home'

test('a key of somebody who was erased does not come back, even where the ledger was cut before that', async (t) => {
  const { domain, subjects, keys, file, code, backup } = await place(t)
  const [kept, gone] = subjects
  const whole = join(domain.home, 'whole')
  const cut = join(domain.home, 'cut')
  await restoreBackup(backup, whole)
  await restoreBackup(backup, cut, { seq: domain.core.state.seq - 1 })
  for (const home of [whole, cut]) {
    const open = ['--into', home, '--code-file', code]
    const opened = await run(nowhere, ledgerEscrowOpenCommand, file, ...open)
    assert.deepEqual([opened['placed'], opened['leftOut']], [2, [gone]], home)
    assert.deepEqual(readFileSync(join(home, 'keys', 'main.vault')), keys[0])
    assert.deepEqual(readdirSync(join(home, 'keys', 'main.subjects')), [String(kept)])
    assert.deepEqual(readFileSync(join(home, 'keys', 'main.subjects', String(kept))), keys[1])
    const again = await run(nowhere, ledgerEscrowOpenCommand, file, ...open)
    assert.equal(again['placed'], 0, 'once more changes nothing')
    assert.equal(readFileSync(join(home, 'domains', 'main', 'noted-readings'), 'utf8').split('\n').length, 3)
  }
  const shown = await run(domain.home, ledgerEscrowShowCommand, file)
  assert.deepEqual(shown['erased'], [gone])
  assert.equal((shown['recorded'] as Printed)['seq'], domain.core.state.seq - 1)
  assert.equal((await run(nowhere, ledgerEscrowShowCommand, file))['recorded'], null)
})

test('a wrong code, a damaged file, another ledger and other keys are told apart, and change nothing', async (t) => {
  const { domain, file, code, backup } = await place(t)
  const to = join(domain.home, 'to')
  await restoreBackup(backup, to)
  const open = (from: string, into = to): Promise<Printed> =>
    run(nowhere, ledgerEscrowOpenCommand, from, '--into', into, '--code-file', code)
  const right = readFileSync(code, 'utf8')
  writeFileSync(code, 'ABCD-EFGH')
  await fails(/not a recovery code: it was mistyped/u, open(file))
  writeFileSync(code, newRecoveryCode())
  await fails(/the recovery code of another escrow$/u, open(file))
  const changed = join(domain.home, 'changed')
  writeFileSync(changed, readFileSync(file, 'utf8').replace('"madeAt":1', '"madeAt":2'))
  await fails(/another escrow, or the file was changed/u, open(changed))
  writeFileSync(code, right)
  await fails(/another escrow, or the file was changed/u, open(changed))
  writeFileSync(changed, readFileSync(file).subarray(0, 200))
  await fails(/is no escrow, or is damaged/u, open(changed))
  await fails(/has no ledger of domain main/u, open(file, join(domain.home, 'empty')))
  await fails(/there is no terminal/u, run(nowhere, ledgerEscrowOpenCommand, file, '--into', to))
  const other = new StoredDomain()
  t.after(() => other.dispose())
  await other.open()
  await other.close()
  await fails(/has no ledger of domain main that this escrow is of/u, open(file, other.home))
  assert.ok(!existsSync(join(to, 'keys')), 'nothing was put anywhere')
  mkdirSync(join(to, 'keys'))
  writeFileSync(join(to, 'keys', 'main.vault'), randomBytes(32), { mode: 0o600 })
  const before = join(domain.home, 'keys-before')
  cpSync(join(to, 'keys'), before, { recursive: true })
  await fails(/is another key than that of the escrow/u, open(file))
  assert.deepEqual(readdirSync(join(to, 'keys')), readdirSync(before))
})

test('an escrow is made outside the home and its backups, and in the place of nothing', async (t) => {
  const { domain, file, backup } = await place(t)
  const home = join(domain.home, 'h')
  mkdirSync(home)
  const create = (to: string): Promise<Printed> => run(home, ledgerEscrowCreateCommand, '--to', to)
  await fails(/exists already/u, create(file))
  await fails(/is lost with the home/u, create(join(home, 'keys.escrow')))
  await fails(/the folder of a backup/u, create(join(backup, 'keys.escrow')))
  await fails(/there is no folder/u, create(join(domain.home, 'none', 'keys.escrow')))
  await fails(/where to/u, run(domain.home, ledgerEscrowCreateCommand))
})
