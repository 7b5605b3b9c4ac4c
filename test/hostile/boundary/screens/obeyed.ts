/**
 * `node test/hostile/boundary/screens/obeyed.ts [--without DEFENCE]…`: draws every screen and says, as JSON by its
 * name, the first line that a terminal would obey in part; null where there is none.
 */
import { parseArgs } from 'node:util'
import { takeAway } from '../defences.ts'

/** Controls, what has no shape of its own, and separators of lines; a line is one line. */
const obeyed = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

const { values } = parseArgs({ options: { without: { type: 'string', multiple: true, default: [] } } })
takeAway(values.without)
const { screens } = await import('./screens.ts')
const drawn = screens.map(({ name, lines }) => [name, lines().find((line) => obeyed.test(line)) ?? null])
process.stdout.write(JSON.stringify(Object.fromEntries(drawn)))
