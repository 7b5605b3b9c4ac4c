/** What `npm run bench` can be told. */
import { parseArgs } from 'node:util'

/** A request for measurements. */
export interface Options {
  readonly json: boolean
  /** Names of the suites to run; all of them when empty. */
  readonly only: readonly string[]
  readonly rounds: number
  readonly sliceMs: number
  /** False leaves out what asks another machine for something: a package registry. */
  readonly isOnline: boolean
  readonly help: boolean
}

/** The text of `--help`. */
export const usage = `usage: npm run bench -- [options]

  --only SUITE   run this suite only; may be given again
  --json         one JSON object a line instead of tables
  --rounds N     measured rounds of each contest (default 5)
  --slice MS     how long one subject is measured in one round (default 300)
  --offline      leave out what asks a package registry
  --help         this text
`

/** Options from the command line. Throws a TypeError or RangeError whose message says what is wrong. */
export function parseOptions(args: readonly string[], suites: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      slice: { type: 'string', default: '300' },
      offline: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = values.only.find((name) => !suites.includes(name))
  if (unknown !== undefined)
    throw new RangeError(`there is no suite ${JSON.stringify(unknown)}; suites: ${suites.join(', ')}`)
  return {
    json: values.json,
    only: values.only,
    rounds: whole(values.rounds, 'rounds', 1, 1_000),
    sliceMs: whole(values.slice, 'slice', 10, 60_000),
    isOnline: !values.offline,
    help: values.help,
  }
}

function whole(text: string, name: string, least: number, most: number): number {
  const value = /^[0-9]{1,6}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new RangeError(`--${name} takes a whole number from ${least} to ${most}`)
}
