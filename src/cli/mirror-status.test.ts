import assert from 'node:assert/strict'
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { StoredDomain } from '../../test/harness/stored-domain.ts'
import { safeguardsFile, writeSafeguards } from '../ledger/safety/safeguards-file.ts'
import { homePaths } from './home.ts'
import { isMirrorBad, mirrorStatus, mirrorWords } from './mirror-status.ts'

test('a mirror is told as it is: chosen, kept, missing, behind, another one’s, and since when', async (t) => {
  const domain = new StoredDomain()
  t.after(() => domain.dispose())
  const paths = homePaths(domain.home, {})
  const mirror = join(domain.home, 'mirror')
  const away = join(domain.home, 'away')
  const told = async (state: string, isBad: boolean, words: RegExp): Promise<void> => {
    const status = await mirrorStatus(paths)
    assert.equal(status.state, state)
    // A disk that is nearly full is bad as well, and no matter of this test.
    if (state !== 'kept') assert.equal(isMirrorBad(status), isBad, state)
    assert.match(mirrorWords(status), words)
  }
  mkdirSync(mirror)
  await domain.open()
  await domain.seal()
  await told('none', false, /one copy/u)
  writeSafeguards(domain.folder, { head: null, mirror, goesOnWithoutMirror: true })
  await told('chosen', false, /from the next start on/u)
  await domain.close()
  const keptSince = (domain.now += 60_000)
  await domain.open()
  await domain.addAgents(2)
  await domain.seal()
  await told('kept', false, /kept since .*; when it fails, the kernel goes on without it/u)
  const { recorded, seq, mirrorSeq } = await mirrorStatus(paths)
  assert.deepEqual([recorded?.mirror, recorded?.since, mirrorSeq], ['kept', keptSince, seq])

  cpSync(mirror, away, { recursive: true })
  await domain.close()
  rmSync(mirror, { recursive: true })
  await told('missing', true, /MISSING: .*mirror is not there; bring it back/u)
  await domain.open()
  await domain.addAgents(3)
  await domain.close()
  await told('missing', true, /MISSING: .*the kernel goes on without it since/u)
  renameSync(away, mirror)
  await told('behind', true, /BEHIND: .* has \d+ of \d+ events; the kernel goes on without it since/u)
  rmSync(join(mirror, 'ledger'), { recursive: true })
  await told('unreadable', true, /no checkpoint of this ledger/u)
  await domain.open()
  await domain.seal()
  await told('kept', false, /kept since/u)
  await domain.close()
  writeFileSync(safeguardsFile(domain.folder), '{"mirror":7}')
  await told('unknown', true, /UNKNOWN: .*absolute path/u)
})

test('a mirror on a disk that is nearly full is bad before it fails', async (t) => {
  const domain = new StoredDomain()
  t.after(() => domain.dispose())
  await domain.open()
  await domain.close()
  const status = await mirrorStatus(homePaths(domain.home, {}))
  const kept = { ...status, state: 'kept', folder: '/mnt/m', freeBytes: 1_000_000 } as const
  assert.equal(isMirrorBad(kept), true)
  assert.match(mirrorWords(kept), /its disk: FULL: 0 MiB free/u)
  assert.equal(isMirrorBad({ ...kept, freeBytes: 2 ** 30 }), false)
})
