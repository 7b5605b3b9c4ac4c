/**
 * The worlds of one seed. Two of three seeds are a kernel alone; in the third a sovereign has one domain or two,
 * each with a disk, a clock, drivers, agents and operators of its own, side by side in the same virtual time. The
 * sovereign is a world beside them, with a machine and a disk, and without drivers and agents.
 */
import { Scheduler } from './scheduler.ts'
import { Sovereign } from './sovereign.ts'
import { World } from './world.ts'

/** The worlds that a seed makes, a sovereign’s first. */
export function worldsOf(seed: number): readonly World[] {
  const scheduler = new Scheduler()
  if (seed % 3 !== 1) return [new World(seed, { scheduler, domain: 'main', sovereign: null })]
  const domains = seed % 2 === 1 ? ['main', 'shop'] : ['main']
  const sovereign = new Sovereign(seed, scheduler, domains)
  const members = domains.map((domain) => new World(seed, { scheduler, domain, sovereign }))
  const worlds = [sovereign.world, ...members]
  for (const world of worlds) world.neighbours.push(...worlds)
  return worlds
}

/** Lives in all of them at once, `steps` things in each. */
export async function liveIn(worlds: readonly World[], steps: number): Promise<void> {
  for (const world of worlds) await world.begin()
  const left = worlds.map((world) => world.goOn(steps))
  await worlds[0]?.pass(600_000, () => left.every((isOver) => isOver()))
}
