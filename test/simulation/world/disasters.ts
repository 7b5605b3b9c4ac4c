/**
 * What goes wrong around the kernel, and how likely each is beside the others. Every disaster says whether it
 * struck anything: what was there already, or finds nobody to harm, is not counted as a fault.
 */
import type { World } from './world.ts'

/** How likely each disaster is. Small ones are common, those that end a process are rare. */
export const disasters = {
  cutWire: 60,
  stallWire: 90,
  stallDisk: 60,
  killAdapter: 18,
  killKernel: 12,
  killSupervisor: 4,
  halt: 5,
  diskFull: 8,
  diskBreaks: 8,
  diskSlow: 16,
  clockJump: 34,
  clockBack: 16,
} as const

/** How far a clock jumps when it is far: past a rate, past a grant, past an approval, past a proposal. */
const leaps = [500, 5_000, 61_000, 601_000, 3_601_000] as const

/** A kind of disaster. */
export type Disaster = keyof typeof disasters

/** Brings it about, and counts it as a fault if it struck anything. */
export function strike(world: World, disaster: Disaster): void {
  if (struck(world, disaster)) world.note(`fault: ${disaster}`)
}

function struck(world: World, disaster: Disaster): boolean {
  const { random, overseer, host } = world
  switch (disaster) {
    case 'cutWire':
      return host.cutOne()
    case 'stallWire':
      return host.stallOne(random.percent(85) ? random.between(20, 250) : random.between(500, 4_000))
    case 'killAdapter':
      return overseer.killAdapter((names) => random.pick(names))
    case 'killKernel':
      // Sometimes again while the next one opens its ledger, or mends it.
      if (random.percent(40)) world.scheduler.after(random.below(140), () => again(world))
      return host.kill('killed')
    case 'killSupervisor':
      overseer.crash()
      return true
    case 'halt': {
      const isNews = !overseer.isHalted
      overseer.halt({ requestedAt: world.now(), requestedBy: 'ada', reason: 'drill' })
      return isNews
    }
    case 'clockJump':
      world.skew(random.percent(85) ? random.between(1, 300) : random.pick(leaps))
      return true
    case 'clockBack':
      world.skew(random.percent(80) ? -random.between(1, 300) : -20_000)
      return true
    default:
      return spoilDisk(world, disaster)
  }
}

function again(world: World): void {
  if (world.isHostile && world.host.kill('killed again')) world.note('fault: killed again')
}

/** A write that breaks or waits is counted by the disk, when it does. */
function spoilDisk(
  { random, disk, scheduler }: World,
  disaster: 'diskFull' | 'diskBreaks' | 'diskSlow' | 'stallDisk',
): boolean {
  const { weather } = disk
  switch (disaster) {
    case 'diskFull': {
      const isNews = !weather.full
      weather.full = true
      scheduler.after(random.between(50, 2_500), () => {
        weather.full = false
      })
      return isNews
    }
    case 'diskBreaks':
      weather.breaksOnce = true
      return false
    case 'stallDisk':
      weather.stallsOnceMs = random.percent(80) ? random.between(20, 200) : 600
      return false
    case 'diskSlow': {
      const before = weather.slowMs
      weather.slowMs = random.pick([0, 2, 2, 15, 60])
      return weather.slowMs > Math.max(before, 2)
    }
  }
}
