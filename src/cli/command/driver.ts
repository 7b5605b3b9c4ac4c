/**
 * `custos driver list|remove`: the programs that serve objects, as operators signed them.
 */
import type { DriverId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseProgram } from '../../kernel/sovereign/parse-manifest.ts'
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { driverFolder, removeDriverFolder } from '../driver-folder.ts'
import { lastWords } from '../driver-trouble.ts'
import { showProgram } from '../driver-manifest-rendering.ts'
import { visible } from '../escape.ts'
import type { HomePaths } from '../home.ts'
import { numberOf, textOf } from '../kernel-client.ts'
import type { DriverEntry } from '../lookup.ts'
import { findDriver, listDrivers } from '../lookup.ts'
import { signAndSend } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

/** Lists drivers with their selectors. */
export const driverListCommand: Command = {
  name: 'driver list',
  synopsis: '',
  summary: 'list drivers: what they are, whether they are attached, and their selectors',
  details: [],
  flags: [],
  asOf: true,
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const drivers = await listDrivers(kernel)
      context.out.result(
        drivers.map(({ entry }) => entry),
        drivers.length === 0
          ? [
              adviceIn(
                context.paths.domainName,
                'There are no drivers yet: custos driver add NAME -- COMMAND',
              ),
            ]
          : drivers.flatMap((driver) => showDriver(context.paths, driver)),
      )
    }),
}

function showDriver(paths: HomePaths, { driver, name, entry }: DriverEntry): readonly string[] {
  const attached = entry['attached'] === true
  const quarantined = Array.isArray(entry['quarantined']) ? entry['quarantined'] : []
  const selectors = Array.isArray(entry['selectors'])
    ? entry['selectors'].filter((item) => isJsonObject(item))
    : []
  const program = parseProgram(entry['program'] ?? null)
  return [
    `${visible(name)}  driver ${driver}, ${attached ? 'attached' : 'NOT attached; it last said:'}`,
    ...(attached ? [] : lastWords(paths, driver)),
    ...(program.ok ? showProgram(program.value) : []),
    ...selectors.map(
      (selector) => `  ${showSelector(selector, quarantined.includes(textOf(selector, 'selector')))}`,
    ),
    ...(quarantined.length === 0
      ? []
      : [
          adviceIn(
            paths.domainName,
            `  ${quarantined.length} quarantined: custos driver diff ${visible(name)} shows why, custos driver accept settles it`,
          ),
        ]),
  ]
}

function showSelector(selector: JsonObject, isQuarantined: boolean): string {
  const text = `${visible(textOf(selector, 'effect')).padEnd(7)} ${visible(textOf(selector, 'selector'))}`
  return isQuarantined ? `${text}  QUARANTINED: it is not what was pinned` : text
}

/** Removes a driver. */
export const driverRemoveCommand: Command = {
  name: 'driver remove',
  synopsis: 'NAME',
  summary: 'remove a driver; capabilities on it can do nothing any more (signed)',
  details: [
    'Its folder in the home goes with it: its package, its kept definitions and its login, but no data.',
  ],
  flags: signingFlags,
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const driver = await findDriver(kernel, context.args.positionals[0] ?? '')
      const action = { do: 'driver.remove', driver: id<DriverId>(driver.driver) } as const
      const made = await signAndSend(context, kernel, action, [
        `(driver ${driver.driver} is ${visible(driver.name)})`,
      ])
      const data = removeDriverFolder(driverFolder(context.paths.state, driver.name))
      context.out.result(made, [
        `Driver ${visible(driver.name)} is gone, recorded in #${numberOf(made, 'seq')}.`,
        ...(data === null ? [] : [`What its program wrote stays in ${visible(data)}.`]),
      ])
    }),
}
