/**
 * `node test/hostile/boundary/main.ts [--rung RUNG]… [--starter root|user] [--control]`: the campaign with a line
 * for each attack. The last line counts attacks, harms, and attacks that were not shown to work.
 */
import { parseArgs } from 'node:util'
import type { Rung } from '../../../src/sandbox/boundary.ts'
import type { Starter } from './campaign.ts'
import { Workshop, attacks, attacksOn } from './campaign.ts'

const { values } = parseArgs({
  options: {
    rung: { type: 'string', multiple: true, default: ['bubblewrap', 'gvisor', 'landlock'] },
    starter: {
      type: 'string',
      multiple: true,
      default: process.getuid?.() === 0 ? ['user', 'root'] : ['user'],
    },
    control: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})
const workshop = new Workshop()
let [tried, harms, unshown] = [0, 0, 0]
const isWanted = ({ name }: { readonly name: string }): boolean =>
  values.only === undefined || name.includes(values.only)
try {
  for (const starter of values.control ? [] : (values.starter as Starter[])) {
    for (const rung of values.rung as Rung[]) {
      const names = attacksOn(rung, starter)
        .filter(isWanted)
        .map(({ name }) => name)
      for (const { name, harm, obstacle, output } of await workshop.run(starter, rung, names)) {
        tried++
        if (harm !== null || obstacle !== null) harms++
        if (harm !== null || obstacle !== null)
          say(`HARM     ${rung}/${starter}  ${name}: ${harm ?? obstacle} ${output}`)
      }
      say(`${rung}/${starter}: ${names.length} attacks`)
    }
  }
  for (const { name, harm, obstacle, output } of await workshop.controls(attacks.filter(isWanted))) {
    if (harm === null) unshown++
    say(`control  ${name} (${lack(name)}): ${harm ?? `NOTHING: ${obstacle ?? ''} ${output}`}`)
  }
} finally {
  workshop.close()
}
say(`attacks ${attacks.length}, tried ${tried}, harms ${harms}, not shown to work ${unshown}`)
process.exit(harms + unshown === 0 ? 0 : 1)

function say(line: string): void {
  process.stdout.write(`${line.replaceAll('\n', ' ')}\n`)
}

function lack(name: string): string {
  const without = attacks.find((attack) => attack.name === name)?.without ?? []
  if (typeof without === 'string') return 'no boundary'
  return `without ${without.join(', ') || 'its limit'}`
}
