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
  for (const { name, without } of attacks.filter(isWanted)) {
    const [found] = await workshop.control(name, without)
    if (found?.harm === null) unshown++
    const came = found?.harm === null ? `NOTHING: ${found.obstacle ?? ''} ${found.output}` : found?.harm
    say(
      `control  ${name} (${without === 'plain' ? 'no boundary' : `without ${without.join(', ') || 'its limit'}`}): ${came}`,
    )
  }
} finally {
  workshop.close()
}
say(`attacks ${attacks.length}, tried ${tried}, harms ${harms}, not shown to work ${unshown}`)
process.exit(harms + unshown === 0 ? 0 : 1)

function say(line: string): void {
  process.stdout.write(`${line.replaceAll('\n', ' ')}\n`)
}
