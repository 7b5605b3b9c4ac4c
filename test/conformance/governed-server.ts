/**
 * A fixture server behind Custos as it is shipped: supervisor, kernel, adapter and gateway. The operator has
 * granted one agent everything the server offers and the driver every question, one capability for each
 * selector, so that any of them can be taken away alone.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../src/base/json.ts'
import { probeDriver } from '../../src/driver/probe.ts'
import type { HttpProgram, PinnedSelector } from '../../src/kernel/manifest.ts'
import { SupervisedHome } from '../harness/supervised-home.ts'
import type { TestOperator } from '../harness/kernel-process.ts'
import { until } from '../harness/world.ts'
import { BearerProxy } from './bearer-proxy.ts'
import type { FixtureServer } from './fixture-server.ts'

const reverse = ['client/roots', 'client/sampling', 'client/elicitation'] as const
const anything = { '*': { arguments: {}, open: true } }
/** The roots scenarios want to see one. */
const roots = {
  'client/roots': { arguments: { uri: { constraint: { eq: 'file:///srv' }, optional: true } } },
}

/** A busy machine starts all of it slowly. */
const patienceMs = 60_000

interface Held {
  readonly holder: number
  capability: number
}

/** Custos around one server. */
export class GovernedServer {
  readonly #home: SupervisedHome
  readonly operator: TestOperator
  readonly #driver: number
  readonly #proxy: BearerProxy
  readonly #held: Map<string, Held>

  constructor(
    home: SupervisedHome,
    operator: TestOperator,
    driver: number,
    proxy: BearerProxy,
    held: Map<string, Held>,
  ) {
    this.#home = home
    this.operator = operator
    this.#driver = driver
    this.#proxy = proxy
    this.#held = held
  }

  /** Starts everything and returns when the agent can call. */
  static async start(server: FixtureServer): Promise<GovernedServer> {
    // The supervisor hands its environment on; no fixed port is taken.
    process.env['CUSTOS_PORT'] = '0'
    const home = new SupervisedHome()
    try {
      await home.start()
      const operator = await home.operator()
      const program: HttpProgram = { protocol: 'mcp-http', url: server.url, credential: '', client: reverse }
      const selectors = await offerOf(program)
      const manifest = { program, selectors } as unknown as JsonObject
      const driver = (await operator.must({ do: 'driver.add', name: 'suite', manifest }))['driver'] as number
      const agent = await operator.addAgent('suite')
      await until(() => isAttached(operator, driver), 'the driver to be attached', patienceMs)
      const file = join(home.home.folder, 'run', 'gateway.json')
      await until(() => existsSync(file) || null, 'the gateway to listen', patienceMs)
      const { url } = JSON.parse(readFileSync(file, 'utf8')) as { readonly url: string }
      const proxy = await BearerProxy.start(`${url}/suite`, agent.token)
      const held = new Map<string, Held>()
      for (const { selector } of selectors) held.set(selector, { holder: agent.process, capability: 0 })
      for (const selector of reverse) held.set(selector, { holder: driver, capability: 0 })
      const governed = new GovernedServer(home, operator, driver, proxy, held)
      for (const selector of held.keys()) await governed.grant(selector)
      return governed
    } catch (error) {
      process.stderr.write(home.stderr)
      await home.remove()
      throw error
    }
  }

  /** Where the suite reaches the server through Custos. */
  get url(): string {
    return this.#proxy.url
  }

  /** Every selector that is held. */
  get selectors(): readonly string[] {
    return [...this.#held.keys()]
  }

  /** Grants a selector (again), on these terms. */
  async grant(selector: string, terms: JsonObject = {}): Promise<void> {
    const held = this.#of(selector)
    const where = selector === 'client/roots' ? roots : anything
    const caveats = { selectors: [selector], where, ...terms }
    const order = { do: 'capability.grant', holder: held.holder, object: this.#driver, caveats }
    held.capability = (await this.operator.must(order))['capability'] as number
  }

  /** Takes a selector away. */
  async revoke(selector: string): Promise<void> {
    await this.operator.must({ do: 'capability.revoke', capability: this.#of(selector).capability })
  }

  #of(selector: string): Held {
    const held = this.#held.get(selector)
    if (held === undefined) throw new Error(`the server offers no ${selector}`)
    return held
  }

  /** Ends everything and removes the home. */
  async stop(): Promise<void> {
    await this.#proxy.stop()
    this.operator.client.close()
    await this.#home.remove()
  }
}

async function isAttached(operator: TestOperator, driver: number): Promise<true | null> {
  const drivers = (await operator.query('drivers')) as readonly JsonObject[]
  return drivers.some((item) => item['driver'] === driver && item['attached'] === true) || null
}

async function offerOf(program: HttpProgram): Promise<readonly PinnedSelector[]> {
  const launch = (): never => {
    throw new Error('nothing is started for a server that is reached over HTTP')
  }
  const offer = await probeDriver(program, { launch })
  if (!offer.ok) throw new Error(offer.error.message)
  return offer.value.selectors
}
