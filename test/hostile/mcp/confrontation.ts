/**
 * One attack against the product, from being looked at to being removed, with a victim who works all the while.
 * Throws as soon as anything happens beyond the attacker's own calls.
 */
import assert from 'node:assert/strict'
import { until } from '../../harness/world.ts'
import type { Attack, Expectation } from './attack.ts'
import { processesOf } from './processes-of.ts'
import type { ListedAttack } from './attack-list.ts'
import type { CustosStage, DriverView, WatchedClient } from './custos-stage.ts'

/** How long a server may take to be looked at, and a call to be answered, before we give up. */
const [probeMs, patienceMs] = [60_000, 60_000]
/** The same, where nothing will come. */
const impatienceMs = 1000
/** What any of our processes may ever use. The largest message is 4 MiB. */
export const memoryMebibytes = 400
/** Harmless, and fatal to whoever tries it against the wrong pattern. */
const bait = `${'a'.repeat(40)}!`

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
  await victim.leave()
  return end
}

async function attackOnce(stage: CustosStage, listed: ListedAttack): Promise<string> {
  const { attack, group } = listed
  const { custos } = attack
  const program = await stage.program(listed)
  const refused = custos.neverReady === true ? /ready within/u : custos.refused
  const offer = await stage.probe(program, custos.neverReady === true ? impatienceMs : probeMs)
  if (refused !== undefined) {
    assert.ok(!offer.ok, 'it could be added')
    assert.match(offer.error.message, refused)
    return `cannot be added: ${offer.error.message}`
  }
  assert.ok(offer.ok, offer.ok ? '' : offer.error.message)
  stage.signed(attack.id)
  const name = `evil-${attack.id}`.slice(0, 40)
  const driver = await stage.add(name, program, offer.value)
  const selectors = offer.value.selectors.map(({ selector }) => selector)
  // What claims to need an answer is believed by clients of the stateless era.
  const mate = await stage.agent(driver, selectors, group === 'claims' ? 'modern' : 'legacy')
  const bystander = await stage.agent(driver, selectors)
  try {
    if (custos.absent === true) return await staysAway(stage, driver)
    const told = await callsAct(stage, { driver, name }, mate, custos)
    if (custos.quarantined === true)
      await seen(stage, driver, ({ quarantined }) => quarantined.length > 0, 'it to be quarantined')
    assert.ok((await stage.peakOf(driver)) < memoryMebibytes, 'its adapter grew')
    assert.deepEqual(mate.asked, [], 'the caller was asked for something')
    assert.deepEqual(foreign(bystander), [], 'another agent of the driver was sent something')
    return told
  } finally {
    await Promise.all([mate.leave(), bystander.leave()])
    await stage.operator.must({ do: 'driver.remove', driver })
    await leavesNothing(stage, attack)
  }
}

/** What a client that called nothing was sent, beyond that lists changed. */
function foreign({ unasked }: WatchedClient): readonly string[] {
  return unasked.map(({ method = '' }) => method).filter((method) => !method.endsWith('/list_changed'))
}

/** The server is gone, with every program that it started. One that is reached over HTTP was not started here. */
async function leavesNothing(stage: CustosStage, { id, over }: Attack): Promise<void> {
  if (over === 'http') return
  await until(() => processesOf(stage.folder(id)).length === 0 || null, 'what it started to be gone')
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
  { told = /^acted$/u, unlisted, silent }: Expectation,
): Promise<string> {
  await seen(stage, driver, ({ attached }) => attached, 'it to be attached')
  const listed = JSON.stringify(await mate.client.listTools())
  if (unlisted !== undefined) assert.doesNotMatch(listed, unlisted)
  const text = await sayOf(mate, `${name}__act`, silent === true ? impatienceMs : patienceMs)
  assert.match(text, silent === true ? /timed out/u : told)
  return `told “${text.slice(0, 120)}”`
}

/** What a model would read, whether it is a result or an error. */
async function sayOf({ client }: WatchedClient, name: string, timeout: number): Promise<string> {
  try {
    const { content } = await client.callTool({ name, arguments: { text: bait } }, { timeout })
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
  const over = new AbortController()
  const { promise: failed, reject } = Promise.withResolvers<never>()
  failed.catch(() => undefined)
  const working = (async () => {
    for (let n = 0; !over.signal.aborted; n++) {
      const name = n % 4 === 0 ? 'files__slow' : 'files__read'
      const { content } = await client.callTool({ name, arguments: { text: `n${n}` } })
      assert.deepEqual(content, [{ type: 'text', text: `honest n${n}` }])
    }
  })()
  working.catch(reject)
  return {
    failed,
    stop: () => {
      over.abort()
      return working
    },
  }
}
