/** The part of the session of line 33 that is about what is kept: subjects, holds, erasure, and a mirror that is lost. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { EventKind } from '../../../src/kernel/event.ts'
import { writeSafeguards } from '../../../src/ledger/safety/safeguards-file.ts'
import { ofKind } from '../../harness/ledger-events.ts'
import type { World } from '../../harness/world.ts'
import { anyArguments, call, inWorld, until, verdict } from '../../harness/world.ts'

/** Lives through it in a world of its own, and returns every kind of event that came to be there. */
export async function keepingSession(): Promise<ReadonlySet<EventKind>> {
  let kinds: ReadonlySet<EventKind> = new Set()
  await inWorld(async (world) => {
    await lifeOfASubject(world)
    await lifeOfAMirror(world)
    kinds = new Set(world.events().map(({ kind }) => kind))
  })
  return kinds
}

/** Named, held, released and erased. */
async function lifeOfASubject(world: World): Promise<void> {
  const { operator } = world
  const subject = Number((await operator.must({ do: 'subject.add', name: 'case-9' }))['subject'])
  const hold = Number((await operator.must({ do: 'hold.place', subject, reason: 'audit' }))['seq'])
  await operator.must({ do: 'hold.release', hold, reason: 'over' })
  await operator.must({ do: 'escrow.create', digest: 'e'.repeat(64), subjects: [subject] })
  await operator.must({ do: 'subject.erase', subject, reason: 'asked for' })
  await until(() => ofKind(world.events(), 'erasure.completed').at(0) ?? null, 'the erasure to be complete')
}

/** Filled at a start, which is a recovery, and gone while a payload is to be kept in it. */
async function lifeOfAMirror(world: World): Promise<void> {
  await world.kernel.stop()
  const mirror = join(world.home.folder, 'mirror')
  mkdirSync(mirror)
  writeSafeguards(dirname(world.home.ledger), { head: null, mirror, goesOnWithoutMirror: true })
  await world.start()
  const bob = await world.agent('bob')
  await world.grant(bob, { where: anyArguments })
  rmSync(mirror, { recursive: true })
  assert.equal(verdict(await call(bob, 'tools/read', { text: 'x'.repeat(5_000) })), 'done')
  await until(() => ofKind(world.events(), 'ledger.guarded').at(0) ?? null, 'the loss of the mirror')
}
