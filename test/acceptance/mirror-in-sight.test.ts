/** A mirror that goes away while the kernel runs: found with the next checkpoint, recorded, and told. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { homePaths } from '../../src/cli/home.ts'
import { mirrorStatus, mirrorWords } from '../../src/cli/mirror-status.ts'
import { writeSafeguards } from '../../src/ledger/safety/safeguards-file.ts'
import { ofKind } from '../harness/ledger-events.ts'
import { anyArguments, call, inWorld, until, verdict } from '../harness/world.ts'

test('a mirror whose folder was removed is found though no new file is needed, and the kernel goes on as was chosen', async () => {
  await inWorld(async (world) => {
    await world.kernel.stop()
    const mirror = join(world.home.folder, 'mirror')
    mkdirSync(mirror)
    writeSafeguards(dirname(world.home.ledger), { head: null, mirror, goesOnWithoutMirror: true })
    await world.start()
    const bob = await world.agent('bob')
    await world.grant(bob, { where: anyArguments })
    const paths = homePaths(world.home.folder, {})
    assert.equal((await mirrorStatus(paths)).state, 'kept')
    rmSync(mirror, { recursive: true })
    // Small: it is kept in its event, and no file is made for it.
    assert.equal(verdict(await call(bob, 'tools/read', { text: 'x' })), 'done')
    const lost = await until(
      () => ofKind(world.events(), 'ledger.guarded').find(({ body }) => body.mirror === 'lost') ?? null,
      'the loss of the mirror to be recorded',
    )
    const status = await mirrorStatus(paths)
    assert.deepEqual([status.state, status.recorded?.since], ['missing', lost.at])
    assert.match(mirrorWords(status), /MISSING: .*; the kernel goes on without it since/u)
    assert.equal(verdict(await call(bob, 'tools/read', { text: 'y' })), 'done')
  })
})
