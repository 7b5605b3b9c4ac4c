/**
 * Runs attacks in one process, which may lack defences: they are taken away before anything of the product is
 * loaded. One line of JSON for each attack tells what came of it.
 */
import { parseArgs } from 'node:util'
import { takeAway } from './defences.ts'

const { values } = parseArgs({
  options: {
    rung: { type: 'string', default: 'bubblewrap' },
    attack: { type: 'string', multiple: true, default: [] },
    without: { type: 'string', multiple: true, default: [] },
    loosened: { type: 'boolean', default: false },
  },
})
takeAway(values.without)
const { attackFamilies } = await import('./attack-list.ts')
const { AttackWorld } = await import('./attack-world.ts')
const { confinerOf } = await import('./confiner-of.ts')
const { launchAttack } = await import('./launch-attack.ts')

const world = new AttackWorld()
await world.listen()
// Whose home it is, is asked of the system.
process.env['HOME'] = world.person
const confiner = await confinerOf(values.rung, world)
const attacks = attackFamilies.flatMap((family) => family.attacks)
for (const name of values.attack) {
  const attack = attacks.find((known) => known.name === name)
  if (attack === undefined) throw new Error(`there is no attack ${name}`)
  world.refresh()
  const result = await launchAttack(attack, { world, confiner, isLoosened: values.loosened })
  process.stdout.write(`${JSON.stringify({ name, ...result })}\n`)
}
world.close()
process.exit(0)
