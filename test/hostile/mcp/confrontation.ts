/**
 * One attack against the product, from being looked at to being removed, with a victim who works all the while.
 * Throws as soon as anything happens beyond the attacker's own calls.
 */
import assert from 'node:assert/strict'
import { until } from '../../harness/world.ts'
import type { ListedAttack } from './attack-list.ts'
import type { CustosStage, DriverView, WatchedClient } from './custos-stage.ts'

/** Confronts the product with the attack, and says in a few words how it ended. */
export async function confront(stage: CustosStage, listed: ListedAttack): Promise<string> {
  const { attack } = listed
  const before = await stage.pids()
  const victim = await stage.victim()
  const working = work(victim)
  const end = await Promise.race([attackOnce(stage, listed), working.failed])
  await working.stop()
  assert.deepEqual(
    victim.unasked.map((message) => JSON.stringify(message).slice(0, 300)),
    [],
    'the victim was sent something',
  )
  assert.deepEqual(await stage.pids(), before, 'a process was replaced')
  assert.doesNotMatch(stage.loot(attack.id), /private|thinks|password-of|"result"|fetched|key /u)
  await victim.client.close()
  return end
}

async function attackOnce(stage: CustosStage, listed: ListedAttack): Promise<string> {
  const { attack } = listed
  const { custos } = attack
  const program = await stage.program(listed)
  const offer = await stage.probe(program)
  if (custos.refused !== undefined) {
    assert.ok(!offer.ok, 'it could be added')
    assert.match(offer.error.message, custos.refused)
    return `cannot be added: ${offer.error.message}`
  }
  assert.ok(offer.ok, offer.ok ? '' : offer.error.message)
  stage.signed(attack.id)
  const name = `evil-${attack.id}`.slice(0, 40)
  const driver = await stage.add(name, program, offer.value)
  const mate = await stage.agent(
    driver,
    offer.value.selectors.map(({ selector }) => selector),
  )
  try {
    if (custos.absent === true) return await staysAway(stage, driver)
    const told = await callsAct(stage, { driver, name }, mate, attack.custos.told ?? /^acted$/u)
    if (custos.quarantined === true)
      await seen(stage, driver, ({ quarantined }) => quarantined.length > 0, 'it to be quarantined')
    return told
  } finally {
    await mate.client.close()
    await stage.operator.must({ do: 'driver.remove', driver })
  }
}

async function staysAway(stage: CustosStage, driver: number): Promise<string> {
  await until(async () => {
    const units = await stage.home.units()
    return units.some(({ unit }) => unit === `driver-${driver}`) || null
  }, 'it to be started')
  assert.equal((await stage.view(driver)).attached, false)
  return 'never attached'
}

async function callsAct(
  stage: CustosStage,
  { driver, name }: { readonly driver: number; readonly name: string },
  mate: WatchedClient,
  told: RegExp,
): Promise<string> {
  await seen(stage, driver, ({ attached }) => attached, 'it to be attached')
  await mate.client.listTools()
  const text = await sayOf(mate, `${name}__act`)
  assert.match(text, told)
  return `told “${text.slice(0, 120)}”`
}

/** What a model would read, whether it is a result or an error. */
async function sayOf({ client }: WatchedClient, name: string): Promise<string> {
  try {
    const { content } = await client.callTool({ name, arguments: { text: `${'a'.repeat(40)}!` } })
    return (content as readonly { readonly text?: string }[]).map(({ text }) => text ?? '').join('\n')
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

async function seen(
  stage: CustosStage,
  driver: number,
  is: (view: DriverView) => boolean,
  what: string,
): Promise<void> {
  await until(async () => is(await stage.view(driver)) || null, what)
}

/** Calls the good driver again and again, and checks every answer. */
function work({ client }: WatchedClient): { readonly failed: Promise<never>; stop(): Promise<void> } {
  let isOver = false
  const { promise: failed, reject } = Promise.withResolvers<never>()
  failed.catch(() => undefined)
  const working = (async () => {
    for (let n = 0; !isOver; n++) {
      const name = n % 4 === 0 ? 'files__slow' : 'files__read'
      const { content } = await client.callTool({ name, arguments: { text: `n${n}` } })
      assert.deepEqual(content, [{ type: 'text', text: `honest n${n}` }])
    }
  })()
  working.catch(reject)
  return {
    failed,
    stop: () => {
      isOver = true
      return working
    },
  }
}
