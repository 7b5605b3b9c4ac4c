/**
 * Puts every fault at every operation of every scenario, brings the ledger back each time, and holds it to what
 * it owes: everything acknowledged is there, nothing else was made up, it opens without surgery, it goes on, and
 * it verifies.
 */
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import type { Event } from '../../../src/kernel/event.ts'
import type { Json } from '../../../src/base/json.ts'
import { sampleBatch } from '../../../src/ledger/sample-events.ts'
import { memoryDisk } from '../../../src/ledger/memory-disk.ts'
import type { CheckpointRing } from '../../../src/ledger/checkpoint-slots.ts'
import { readCheckpointRing } from '../../../src/ledger/checkpoint-slots.ts'
import { checkpointsFile } from '../../../src/ledger/format.ts'
import { headFile, headOf } from '../../../src/ledger/safety/head-record.ts'
import { verifyLedger } from '../../../src/ledger/verify.ts'
import type { Fault, FaultKind } from './fault-disk.ts'
import { FaultClock, faultKinds } from './fault-disk.ts'
import type { Scenario } from './scenarios.ts'
import type { Images } from './world.ts'
import { copyImages, emptyImages, Life, LifeEnded, peace } from './world.ts'

/** What a sweep of one scenario came to. */
export interface SweepReport {
  readonly scenario: string
  /** Operations of the life without a fault. */
  readonly operations: number
  /** Runs in which a fault struck. */
  readonly cases: number
  /** Events acknowledged over all runs. */
  readonly acknowledged: number
  readonly violations: readonly string[]
}

/** Sweeps one scenario: operation 1, 2, … until the life ends without meeting the fault, for each of `kinds`. */
export async function sweep(
  scenario: Scenario,
  kinds: readonly FaultKind[] = faultKinds,
): Promise<SweepReport> {
  const images = await prepared(scenario)
  const violations: string[] = []
  let [operations, cases, acknowledged] = [0, 0, 0]
  for (const kind of kinds) {
    for (let at = 1; ; at++) {
      // oxlint-disable-next-line no-await-in-loop -- one life after another
      const run = await runOnce(scenario, copyImages(images), { at, kind })
      acknowledged += run.acknowledged
      violations.push(...run.violations.map((why) => `${scenario.name}, ${kind} at operation ${at}: ${why}`))
      if (!run.hasStruck) {
        operations = run.operations
        break
      }
      cases += 1
    }
  }
  return { scenario: scenario.name, operations, cases, acknowledged, violations }
}

async function prepared({ before, damage, ...furnishing }: Scenario): Promise<Images> {
  const images = emptyImages()
  if (before !== undefined) await before(new Life(images, peace(), furnishing))
  damage?.(images)
  return images
}

interface Run {
  readonly hasStruck: boolean
  readonly operations: number
  readonly acknowledged: number
  readonly violations: readonly string[]
}

async function runOnce(scenario: Scenario, images: Images, fault: Fault): Promise<Run> {
  const clock = new FaultClock(fault)
  const life = new Life(images, clock, scenario)
  const violations: string[] = []
  life.acknowledged = scenario.keeps ?? 0
  const ended = await lived(scenario, life)
  if (ended !== null && !clock.hasStruck) violations.push(`it fails without a fault: ${ended}`)
  const { operations } = clock
  if (ended !== null && !(await life.isPoisoned())) violations.push('it takes more after it failed')
  if (clock.operations !== operations) violations.push('it writes after it failed')
  violations.push(...life.violations, ...(await judge(scenario, life)))
  return { hasStruck: clock.hasStruck, operations, acknowledged: life.acknowledged, violations }
}

async function lived(scenario: Scenario, life: Life): Promise<string | null> {
  try {
    await scenario.life(life)
    return null
  } catch (error) {
    if (error instanceof LifeEnded) return error.failure
    throw error
  }
}

/** Brings the ledger back on a sound disk, lets it go on, and says what is wrong. */
async function judge(scenario: Scenario, before: Life): Promise<readonly string[]> {
  const life = new Life(before.images, peace(), scenario)
  try {
    await life.open()
    const violations = [...judgeRecords(life, before.acknowledged)]
    await life.appendAll([2, 9], 2)
    life.close()
    violations.push(...judgeFolders(scenario, life))
    await life.open()
    if (life.repairs.length > 0) violations.push('it is repaired where nothing was damaged')
    life.close()
    return violations
  } catch (error) {
    if (error instanceof LifeEnded) return [`it does not come back: ${error.failure}`]
    throw error
  }
}

function judgeRecords(life: Life, acknowledged: number): readonly string[] {
  const { records, opened, options } = life
  const violations: string[] = []
  if (opened.head.seq < acknowledged)
    violations.push(`event ${acknowledged} was acknowledged, and ${opened.head.seq} is the last`)
  if (records.length !== opened.head.seq)
    violations.push(`${records.length} records up to event ${opened.head.seq}`)
  const expected = sampleBatch(1, records.length, options.vault, options.signer.publicKey)
  for (const [index, { event }] of records.entries()) {
    const sent = expected[index]
    if (sent === undefined || asText(event) !== asText(sent))
      return [...violations, `event ${index + 1} is not what was sent`]
  }
  return violations
}

const asText = (event: Event): string => canonicalJson({ ...event, payload: null } as unknown as Json)

function ringOf({ main }: Images): CheckpointRing {
  const ring = readCheckpointRing(Buffer.from(main.get(checkpointsFile) ?? []))
  if (!ring.ok) throw new Error(ring.error.message)
  return ring.value
}

function judgeFolders(scenario: Scenario, { images, options }: Life): readonly string[] {
  const head = images.head.get(headFile)
  const kept = head === undefined ? {} : { head }
  const report = verifyLedger(memoryDisk(images.main), { blobs: options.blobs, ...kept })
  const found = report.problems.map(({ code, file, message }) => `${code} ${file}: ${message}`)
  if (head === undefined) found.push('there is no head record')
  else if (!headOf(ringOf(images)).equals(head))
    found.push('the head record is not that of the newest checkpoints')
  if (scenario.mirror !== undefined) {
    for (const [name, bytes] of images.main)
      if (!Buffer.from(bytes).equals(images.mirror.get(name) ?? Buffer.alloc(0)))
        found.push(`${name} differs in the mirror`)
  }
  return found
}
