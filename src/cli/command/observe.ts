/**
 * `custos observe`: lets an agent use everything that its drivers have pinned, so that what it needs can be
 * learnt. No new power and no other mode: one wide, badged grant per driver, signed, recorded and revocable.
 */
import type { Instant, ObjectId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { parseDuration } from '../duration.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import type { AgentEntry, DriverEntry } from '../lookup.ts'
import { findAgent, findDriver, listDrivers } from '../lookup.ts'
import type { PlannedOrder } from '../signing.ts'
import { signEach } from '../signing.ts'
import { liveGrants, observeCaveats } from '../suggestion/observing.ts'
import { withKernel } from './with-kernel.ts'

/** What one driver lacks to be observed. */
interface Missing {
  readonly driver: DriverEntry
  readonly selectors: readonly string[]
}

/** Lets an agent observe. */
export const observeCommand: Command = {
  name: 'observe',
  synopsis: 'AGENT [--driver DRIVER]… [--for 1d]',
  summary: 'let an agent use everything, recorded, to learn what it needs (signed)',
  details: [
    'Signs one grant per driver: every selector pinned now, any arguments, badge "observe". Nothing is',
    'blocked but what the canon forbids and what policy asks about; everything is recorded.',
    'Again for drivers added later: only what is missing is granted. Then custos suggest and custos enforce.',
  ],
  flags: [
    { name: 'driver', value: 'DRIVER', repeat: true, about: 'only this driver (default: all)' },
    { name: 'for', value: 'DURATION', about: 'when observing ends by itself: 8h, 7d' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const agent = await findAgent(kernel, context.args.positionals[0] ?? '')
      const missing = await missingFor(context, kernel, agent)
      if (missing.length === 0) {
        const observes = `Agent ${visible(agent.name)} already observes there: nothing to sign.`
        context.out.result({ agent: agent.name, granted: [] }, [observes])
        return
      }
      const granted = await sign(context, kernel, agent, missing)
      context.out.result({ agent: agent.name, granted }, [
        ...granted.map(
          ({ capability, driver, selectors, seq }) =>
            `Agent ${visible(agent.name)} observes ${visible(driver)}: c${capability}, ${selectors} selectors, recorded in #${seq}.`,
        ),
        adviceIn(
          context.paths.domainName,
          `When it has worked for a while: custos suggest ${visible(agent.name)}`,
        ),
      ])
    }),
}

/** The drivers asked about, each with the pinned selectors that no live observe grant of the agent covers. */
async function missingFor(
  { args }: Context,
  kernel: KernelClient,
  agent: AgentEntry,
): Promise<readonly Missing[]> {
  const words = valuesOf(args, 'driver')
  const drivers: DriverEntry[] = []
  for (const word of words) drivers.push(await findDriver(kernel, word))
  const asked = words.length === 0 ? await listDrivers(kernel) : drivers
  if (asked.length === 0)
    throw usageFailure('there is no driver to observe', 'add one with: custos driver add')
  const observing = (await liveGrants(kernel, agent.process)).filter(({ observes }) => observes)
  return asked.flatMap((driver) => {
    const covered = new Set(
      observing.filter(({ object }) => object === driver.driver).flatMap(({ selectors }) => selectors),
    )
    const selectors = driver.selectors.filter((selector) => !covered.has(selector))
    return selectors.length === 0 ? [] : [{ driver, selectors }]
  })
}

/** A grant that was made. */
interface Granted {
  readonly capability: number
  readonly driver: string
  readonly selectors: number
  readonly seq: number
}

async function sign(
  context: Context,
  kernel: KernelClient,
  agent: AgentEntry,
  missing: readonly Missing[],
): Promise<readonly Granted[]> {
  const ends = endOf(valueOf(context.args, 'for'))
  const orders = missing.map(({ driver, selectors }): PlannedOrder => {
    const caveats = observeCaveats(selectors)
    const holder = id<ProcessId>(agent.process)
    const object = id<ObjectId>(driver.driver)
    return {
      action: {
        do: 'capability.grant',
        holder,
        object,
        caveats: ends === null ? caveats : { ...caveats, expiresAt: ends },
      },
      remarks: [
        `(process ${agent.process} is agent ${visible(agent.name)}; object ${driver.driver} is driver ${visible(driver.name)})`,
      ],
    }
  })
  const granted: Granted[] = []
  await signEach(context, kernel, orders, (made, index) => {
    const about = missing[index]
    granted.push({
      capability: numberOf(made, 'capability'),
      driver: about?.driver.name ?? '',
      selectors: about?.selectors.length ?? 0,
      seq: numberOf(made, 'seq'),
    })
  })
  return granted
}

function endOf(text: string | null): Instant | null {
  if (text === null) return null
  const duration = parseDuration(text)
  if (!duration.ok) throw usageFailure(visible(duration.error))
  return id<Instant>(Date.now() + duration.value)
}
