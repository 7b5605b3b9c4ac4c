/** The commands that keep, move and copy a ledger, as somebody types them. */
import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { StoredDomain } from '../../../test/harness/stored-domain.ts'
import { parseArguments } from '../arguments.ts'
import type { Command } from '../command.ts'
import { flagsOf } from '../command.ts'
import { homePaths } from '../home.ts'
import { ledgerArchiveCommand } from './ledger-archive.ts'
import { ledgerBackupCommand } from './ledger-backup.ts'
import { ledgerRestoreCommand } from './ledger-restore.ts'
import { ledgerSnapshotCommand } from './ledger-snapshot.ts'
import { ledgerVerifyCommand } from './ledger-verify.ts'

type Printed = { readonly [name: string]: unknown }

/** Runs a command in a home; its exit code and result. */
async function run(
  home: string,
  command: Command,
  ...words: readonly string[]
): Promise<readonly [number, Printed]> {
  const parsed = parseArguments(words, flagsOf(command))
  if (!parsed.ok) assert.fail(parsed.error)
  let printed: Printed = {}
  const code = await command.run({
    paths: homePaths(home, {}),
    out: { json: true, result: (value) => void (printed = value as Printed), note: () => undefined },
    env: {},
    args: parsed.value,
    operator: null,
    passphrases: { fromFile: () => assert.fail('nothing is signed') } as never,
    showRecord: false,
  })
  return [code, printed]
}

async function domainOf(t: TestContext): Promise<StoredDomain> {
  const domain = new StoredDomain(16_384)
  t.after(() => domain.dispose())
  await domain.open()
  await domain.addAgents(90)
  await domain.seal()
  return domain
}

test('a snapshot is kept beside a running kernel, is there then, and equals the whole fold', async (t) => {
  const domain = await domainOf(t)
  const { seq } = domain.core.state
  const [, kept] = await run(domain.home, ledgerSnapshotCommand)
  assert.deepEqual([kept['seq'], kept['kept']], [seq, true])
  const [, again] = await run(domain.home, ledgerSnapshotCommand)
  assert.equal(again['kept'], false)
  await domain.addAgents(2)
  const [code, verdicts] = await run(domain.home, ledgerSnapshotCommand, '--verify')
  assert.deepEqual([code, verdicts['snapshots']], [0, [{ seq, verdict: 'equal' }]])
  await domain.close()
  const opened = await domain.open()
  assert.equal(opened.foldedFrom, seq)
  await domain.close()
})

test('segments are archived only behind a snapshot, are verified around, and come back', async (t) => {
  const domain = await domainOf(t)
  const to = join(domain.home, 'archive')
  await assert.rejects(run(domain.home, ledgerArchiveCommand, '--to', to), /no snapshot/)
  await run(domain.home, ledgerSnapshotCommand)
  const [, old] = await run(domain.home, ledgerArchiveCommand, '--to', to, '--before', '2001-01-01')
  assert.equal(old['segments'], 0)
  const [, moved] = await run(domain.home, ledgerArchiveCommand, '--to', to, '--keep', '1')
  assert.ok((moved['segments'] as number) >= 2)
  await domain.close()
  renameSync(to, `${to}2`)
  const [code, report] = await run(domain.home, ledgerVerifyCommand)
  assert.deepEqual([code, report['problems']], [0, []])
  await assert.rejects(run(domain.home, ledgerRestoreCommand), /is not in/)
  const [, back] = await run(domain.home, ledgerRestoreCommand, '--from', `${to}2`)
  assert.equal(back['segments'], moved['segments'])
  const [, whole] = await run(domain.home, ledgerVerifyCommand)
  assert.equal(whole['valid'], true)
})

test('a backup becomes a second home, as it is or as it was', async (t) => {
  const domain = await domainOf(t)
  const [backup, second, earlier] = ['backup', 'second', 'earlier'].map((name) => join(domain.home, name))
  assert.ok(backup !== undefined && second !== undefined && earlier !== undefined)
  const [, made] = await run(domain.home, ledgerBackupCommand, '--to', backup)
  assert.equal(made['seq'], domain.core.state.seq)
  await domain.close()
  const [, whole] = await run(domain.home, ledgerRestoreCommand, '--from', backup, '--to', second)
  assert.deepEqual([whole['seq'], whole['of']], [made['seq'], made['seq']])
  const [, cut] = await run(
    domain.home,
    ledgerRestoreCommand,
    '--from',
    backup,
    '--to',
    earlier,
    '--at',
    '40',
  )
  assert.equal(cut['seq'], 40)
  const [code, report] = await run(earlier, ledgerVerifyCommand)
  assert.deepEqual([code, report['events'], report['sealed']], [0, 40, false])
  await assert.rejects(run(domain.home, ledgerRestoreCommand, '--at', '40'), /for a backup/)
})
