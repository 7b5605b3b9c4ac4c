/** The judge of the kill campaign can find fault: sound evidence is doctored in every way it should notice. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import type { Event } from '../../../src/kernel/event.ts'
import { silence } from '../../harness/recording-driver.ts'
import type { World } from '../../harness/world.ts'
import { call, inWorld, until } from '../../harness/world.ts'
import type { Acknowledgement } from '../acknowledgement.ts'
import type { Evidence } from '../evidence.ts'
import { gatherEvidence, noteIn } from '../evidence.ts'
import { PublishedRoots } from '../published-roots.ts'
import { judge } from './judge.ts'

/** A few calls, a refusal, a lent capability, a crash with one call under way, and a clean end. */
async function gather(world: World): Promise<Evidence> {
  const ann = await world.agent('ann')
  const { handle } = await world.grant(ann)
  const told: Acknowledgement[] = []
  const process = ann.process
  const write = async (id: string, selector = 'tools/write'): Promise<void> => {
    const answer = await call(ann, selector, { id })
    if (!answer.ok)
      told.push({ what: 'refusal', process, seq: answer.refusal.seq ?? 0, code: answer.refusal.code })
    else
      told.push({ what: 'outcome', process, id, seq: answer.seq, call: answer.call, outcome: answer.outcome })
  }
  await write('one')
  await write('two')
  await write('three', 'tools/buy')
  const lent = await ann.sdk.derive(handle, { uses: 5 })
  assert.ok(lent.ok)
  told.push({ what: 'derived', process, seq: lent.value.seq, capability: lent.value.capability })
  const taken = await ann.sdk.revoke(lent.value.capability)
  assert.ok(taken.ok)
  told.push({ what: 'revoked', process, seq: taken.value.seq, capability: lent.value.capability })
  const usual = world.box.behaviour
  world.box.behaviour = silence
  void call(ann, 'tools/write', { id: 'interrupted' })
  await until(() => (world.box.seen.length === 3 ? true : null), 'the third call to arrive')
  world.box.behaviour = usual
  await world.crash(ann)
  await write('four')
  ann.sdk.close()
  await world.box.detach()
  await world.kernel.stop()
  const effects = world.box.bodies.map((body) => noteIn(Buffer.from(body)))
  return gatherEvidence(world.home.folder, effects, told, [])
}

const folder = mkdtempSync(join(tmpdir(), 'cst-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
let sound: Evidence

before(async () => {
  await inWorld(async (world) => {
    sound = await gather(world)
    cpSync(world.home.ledger, folder, { recursive: true })
  })
})

/** The same evidence with some events changed. */
function rewritten(change: (event: Event) => Event): Evidence {
  const batches = sound.batches.map((batch) => ({
    ...batch,
    records: batch.records.map((record) => ({ ...record, event: change(record.event) })),
  }))
  return { ...sound, batches }
}

function withAcknowledgement(change: (told: Acknowledgement) => Acknowledgement): Evidence {
  return {
    ...sound,
    acknowledgements: sound.acknowledgements.map((told, at) => (at === 0 ? change(told) : told)),
  }
}

function assertFinds(evidence: Evidence, pattern: RegExp): void {
  const found = judge(evidence)
  assert.ok(
    found.some((violation) => pattern.test(violation)),
    `${pattern} is not among ${JSON.stringify(found)}`,
  )
}

/** The call that was done as `id`. */
function callOf(id: string): number {
  return [...sound.notes].find(([, note]) => note?.id === id)?.[0] ?? 0
}

test('sound evidence has nothing wrong with it', () => {
  assert.deepEqual(judge(sound), [])
  const kinds = sound.acknowledgements.map(({ what }) => what)
  assert.deepEqual(kinds, ['outcome', 'outcome', 'refusal', 'derived', 'revoked', 'outcome'])
})

test('an acknowledged event that is not there is lost', () => {
  assertFinds(
    withAcknowledgement((told) => ({ ...told, seq: 10_000 })),
    /event 10000 .* is lost/,
  )
})

test('an acknowledged event that says something else is found', () => {
  assertFinds(
    withAcknowledgement((told) => (told.what === 'outcome' ? { ...told, outcome: 'failed' } : told)),
    /is now call\.settled/,
  )
  assertFinds(
    withAcknowledgement((told) => (told.what === 'outcome' ? { ...told, id: 'other' } : told)),
    /of a call with other arguments/,
  )
})

test('an effect that happened twice, or that nobody recorded the intent of, is found', () => {
  const [first = { id: '', digest: '' }] = sound.effects
  assertFinds({ ...sound, effects: [...sound.effects, first] }, /one happened 2 times/)
  const stray = { ...first, id: 'stray' }
  assertFinds({ ...sound, effects: [...sound.effects, stray] }, /stray happened without an intent/)
})

test('an effect with other arguments, or of which the arguments are gone, is found', () => {
  const [first = { id: '', digest: '' }, ...rest] = sound.effects
  assertFinds({ ...sound, effects: [{ ...first, digest: '00' }, ...rest] }, /happened with other arguments/)
  const notes = new Map(sound.notes).set(callOf('one'), null)
  assertFinds({ ...sound, notes }, /the arguments of call \d+ cannot be opened/)
})

test('a call that is done and left no effect is found', () => {
  assertFinds({ ...sound, effects: sound.effects.slice(1) }, /is done and did not happen/)
})

test('a call that is said to have never left, and happened, is found', () => {
  const released = rewritten((event) =>
    event.kind === 'call.settled' ? { ...event, body: { ...event.body, released: true } } : event,
  )
  assertFinds(released, /released as never sent and happened/)
})

test('a call that ends twice leaves another without an end, and both are found', () => {
  const [one, two] = [callOf('one'), callOf('two')]
  const twice = rewritten((event) =>
    event.kind === 'call.settled' && event.body.call === two
      ? { ...event, body: { ...event.body, call: one as typeof event.body.call } }
      : event,
  )
  assertFinds(twice, new RegExp(`call ${one} is settled again`))
  assertFinds(twice, new RegExp(`call ${two} never ends`))
})

test('a call in flight at a crash that is not put in doubt by the boot is found', () => {
  const forgotten = rewritten((event) =>
    event.kind === 'call.settled' && event.body.outcome === 'in-doubt'
      ? { ...event, body: { ...event.body, outcome: 'done' } }
      : event,
  )
  assertFinds(forgotten, new RegExp(`call ${callOf('interrupted')} was in flight at boot`))
})

test('a use beyond the last, and a use after a revocation, are found', () => {
  const scarce = rewritten((event) =>
    event.kind === 'capability.granted'
      ? { ...event, body: { ...event.body, caveats: { ...event.body.caveats, uses: 1 } } }
      : event,
  )
  assertFinds(scarce, /more than 1 times/)
  const granted = sound.batches
    .flatMap(({ records }) => records.map(({ event }) => event))
    .find((event) => event.kind === 'capability.granted')
  const revoked = rewritten((event) => {
    if (event.kind !== 'syscall.refused' || granted === undefined) return event
    const { capability } = granted.body
    return { ...event, kind: 'capability.revoked', body: { capability, cut: [], signed: null } }
  })
  assertFinds(revoked, /which is revoked/)
})

test('a published root that the ledger does not give is found', () => {
  const [first, ...rest] = sound.checkpoints
  assert.ok(first !== undefined)
  const zeros = '0'.repeat(64)
  assertFinds({ ...sound, checkpoints: [{ ...first, stateRoot: zeros }, ...rest] }, /refolding to \d+ is not/)
  assertFinds({ ...sound, checkpoints: [{ ...first, hash: zeros }, ...rest] }, /signs another history/)
  const beyond = { ...first, seq: 10_000 }
  assertFinds({ ...sound, checkpoints: [...sound.checkpoints, beyond] }, /signs event 10000, which is lost/)
  assertFinds({ ...sound, checkpoints: [] }, /the newest checkpoint signs undefined/)
})

test('a root that is published while the fold is carried forward is held against it', () => {
  const watched = new PublishedRoots(folder)
  watched.look()
  assert.deepEqual(watched.violations, [])
  assert.equal(watched.head, sound.batches.at(-1)?.seq)
  const file = join(folder, 'checkpoints')
  const forged = readFileSync(file, 'latin1').replaceAll(/state [0-9a-f]{64}/g, `state ${'0'.repeat(64)}`)
  writeFileSync(file, forged, 'latin1')
  const late = new PublishedRoots(folder)
  late.look()
  assert.match(late.violations[0] ?? '', /is not what checkpoint \d+ signs/)
  watched.look()
  assert.match(watched.violations[0] ?? '', /says something else than before/)
})
