/**
 * The campaign: how much slower the victim's own calls are while a hostile driver is called by somebody else,
 * beside the same number of calls to a good driver. Rounds of both take turns, so that they see the same machine.
 * `node test/hostile/mcp/main.ts --rounds 5 [--attack ID]` prints one line for each attack and the median of the
 * ratios last; it fails if one of the victim's calls goes wrong.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { until } from '../../harness/world.ts'
import type { ListedAttack } from './attack-list.ts'
import { allAttacks } from './attack-list.ts'
import type { Siege } from './besieger.ts'
import { attacks as goodServers } from './attacks/control.ts'
import { CustosStage } from './custos-stage.ts'
import type { WatchedClient } from './custos-stage.ts'
import { textResult } from './rpc-message.ts'

const callsPerRound = 50
const warmUpMs = 300
const paceMs = 25
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, attack: { type: 'string' } },
})

/** Milliseconds of each of the victim's calls. */
async function measure({ client }: WatchedClient): Promise<readonly number[]> {
  const times: number[] = []
  for (let n = 0; n < callsPerRound; n++) {
    const startedAt = performance.now()
    const { content } = await client.callTool({ name: 'files__read', arguments: { text: `n${n}` } })
    times.push(performance.now() - startedAt)
    if (JSON.stringify(content) !== JSON.stringify(textResult(`honest n${n}`).content))
      throw new Error(`the victim was answered ${JSON.stringify(content)}`)
  }
  return times
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((left, right) => left - right)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Runs `work` while somebody calls that tool at a steady pace. */
async function besieged<T>(siege: Siege, work: () => Promise<T>): Promise<T> {
  const besieger = new Worker(new URL('besieger.ts', import.meta.url), { workerData: siege })
  try {
    await pause(warmUpMs)
    return await work()
  } finally {
    await besieger.terminate()
  }
}

/** Adds the driver, and says how to besiege it; null when it cannot even be added. */
async function siegeOf(
  stage: CustosStage,
  listed: ListedAttack,
): Promise<(Siege & { driver: number }) | null> {
  const { id } = listed.attack
  const program = await stage.program(listed)
  const offer = await stage.probe(program, 20_000)
  if (!offer.ok) return null
  stage.signed(id)
  const driver = await stage.add(`c-${id}`, program, offer.value)
  const selectors = offer.value.selectors.map(({ selector }) => selector)
  const { token } = await stage.holder(driver, selectors)
  await until(async () => (await stage.view(driver)).attached || null, 'it to be attached')
  return { driver, url: stage.url, token, tool: `c-${id}__act`, paceMs }
}

/** The ratio of the victim's medians, hostile to good, in rounds that take turns. */
async function compare(stage: CustosStage, good: Siege, listed: ListedAttack): Promise<number | null> {
  const hostile = await siegeOf(stage, listed)
  if (hostile === null) return null
  const victim = await stage.victim()
  const [withGood, withHostile]: [number[], number[]] = [[], []]
  for (let round = 0; round < Number(values.rounds); round++) {
    withGood.push(...(await besieged(good, () => measure(victim))))
    withHostile.push(...(await besieged(hostile, () => measure(victim))))
  }
  await victim.leave()
  await stage.operator.must({ do: 'driver.remove', driver: hostile.driver })
  const ratio = median(withHostile) / median(withGood)
  const shown = `${median(withGood).toFixed(2)} ms beside a good driver, ${median(withHostile).toFixed(2)} ms beside this`
  console.log(`${ratio.toFixed(2)}  ${listed.group}/${listed.attack.id}: ${shown}`)
  return ratio
}

const stage = new CustosStage()
try {
  await stage.start()
  const [control] = goodServers
  const good = control === undefined ? null : await siegeOf(stage, { group: 'control', attack: control })
  if (good === null) throw new Error('the good server was not taken')
  const wanted = allAttacks.filter(
    ({ attack: { id, custos } }) =>
      (values.attack === undefined || values.attack === id) &&
      custos.refused === undefined &&
      custos.neverReady !== true &&
      custos.absent !== true,
  )
  const ratios: number[] = []
  for (const listed of wanted) {
    const ratio = await compare(stage, good, listed)
    if (ratio !== null) ratios.push(ratio)
  }
  const worst = Math.max(...ratios).toFixed(2)
  console.log(`${ratios.length} attacks, median ratio ${median(ratios).toFixed(2)}, worst ${worst}`)
} finally {
  await stage.remove()
}
