/**
 * The parts of the conformance run. Each starts what it needs, tells verdicts as they come, and takes everything
 * down again.
 */
import { fileURLToPath } from 'node:url'
import type { FixtureName } from './fixture-server.ts'
import { FixtureServer } from './fixture-server.ts'
import { GovernedServer } from './governed-server.ts'
import type { Removal } from './refusals.ts'
import { reached, removals } from './refusals.ts'
import { requiredScenarios } from './required.ts'
import type { Findings, Requirements } from './suite.ts'
import { requirementSets, testClient, testServer } from './suite.ts'
import type { Verdict } from './verdict.ts'
import { compare, judge, successes } from './verdict.ts'

/** What to run of a part: all of it, or the scenarios whose name contains `filter`. */
export interface PartOptions {
  readonly filter?: string
  readonly tell: (verdict: Verdict) => void
}

/** A part of the run. */
export type Part = (options: PartOptions) => Promise<void>

/** Every part, in the order in which a failure explains the next. */
export const parts: { readonly [name: string]: Part } = {
  baseline,
  governed,
  refusals,
  tasks,
  client,
}

/** The suite against our server directly: it must pass, or comparing with it would show nothing. */
async function baseline({ filter = '', tell }: PartOptions): Promise<void> {
  await withServer('everything', async (server) => {
    for (const requirements of requirementSets) {
      const found = await direct(server, requirements, filter)
      for (const verdict of judge(found)) tell(named(requirements, verdict))
    }
  })
}

/** The same through Custos: whatever passes without us must pass with us. */
async function governed({ filter = '', tell }: PartOptions): Promise<void> {
  for (const requirements of requirementSets) {
    await withGoverned(serverOf[requirements], async (server, custos) => {
      const before = await direct(server, requirements, filter)
      const now = await testServer(custos.url, { requirements, ...scenariosOf(before, filter) })
      for (const verdict of compare(before, now)) tell(named(requirements, verdict))
    })
  }
}

/**
 * A server that speaks both eras would be spoken to in the newer one whatever the suite speaks, and what only the
 * older one has would be compared with nothing.
 */
const serverOf: { readonly [requirements in Requirements]: FixtureName } = {
  '2025-11-25': 'everything legacy',
  '2026-07-28': 'everything',
}

/** With one capability removed, its scenario is stopped and nothing of it reaches the server. */
async function refusals({ filter = '', tell }: PartOptions): Promise<void> {
  await withGoverned('everything', async (server, custos) => {
    for (const requirements of requirementSets) {
      const wanted = removals.filter((one) => one.requirements === requirements)
      const chosen = wanted.filter((one) => nameOf(one).includes(filter))
      if (chosen.length === 0) continue
      await server.forget()
      const found = await testServer(custos.url, { requirements })
      const granted = { found, seen: await server.seen() }
      for (const removal of chosen) tell(await refused(server, custos, removal, granted))
    }
  })
}

/** A run with everything granted, and what reached the server in it. */
interface GrantedRun {
  readonly found: Findings
  readonly seen: readonly string[]
}

async function refused(
  server: FixtureServer,
  custos: GovernedServer,
  removal: Removal,
  granted: GrantedRun,
): Promise<Verdict> {
  const { selector, requirements, scenario } = removal
  await custos.revoke(selector)
  await server.forget()
  const found = await testServer(custos.url, { requirements, scenarios: [scenario] })
  const through = (await server.seen()).filter((seen) => reached(selector, seen))
  await custos.grant(selector)
  const [before, now] = [granted.found, found].map((one) => successes(one.get(scenario) ?? []))
  const isShown = selector.startsWith('client/') || granted.seen.some((seen) => reached(selector, seen))
  const problems = [
    ...(isShown ? [] : ['it never reached the server, even when it was granted']),
    ...through.map((seen) => `reached the server: ${seen}`),
    ...((now ?? 0) < (before ?? 0) ? [] : [`it passes ${now} checks as if nothing were missing`]),
  ]
  return named(requirements, { name: nameOf(removal), passed: 1, problems, notes: [] })
}

function nameOf({ selector, scenario }: Removal): string {
  return `${scenario} without ${selector}`
}

/** The Tasks extension, over a server that has no tasks: they are ours. */
async function tasks({ filter = '', tell }: PartOptions): Promise<void> {
  await withGoverned('jobs', async (_server, custos) => {
    const scenarios = taskScenarios.filter((name) => name.includes(filter))
    const found = await testServer(custos.url, { requirements: '2026-07-28', scenarios })
    for (const verdict of judge(found, scenarios)) tell(verdict)
  })
}

const taskScenarios = [
  'tasks-lifecycle',
  'tasks-capability-negotiation',
  'tasks-wire-fields',
  'tasks-request-state-removal',
  'tasks-mrtr-input',
  'tasks-request-headers',
  'tasks-dispatch-and-envelope',
  'tasks-status-notifications',
  'tasks-required-task-error',
  'tasks-mrtr-composition',
]

/** Our leg towards servers, with the suite as the server. */
async function client({ filter = '', tell }: PartOptions): Promise<void> {
  const program = fileURLToPath(new URL('client.ts', import.meta.url))
  for (const requirements of requirementSets) {
    const required = requiredScenarios(requirements, 'client').filter((name) => name.includes(filter))
    const scenarios = filter === '' ? {} : { scenarios: required }
    const found = await testClient(`${process.execPath} ${program}`, { requirements, ...scenarios })
    for (const verdict of judge(found, required)) tell(named(requirements, verdict))
  }
}

/** The suite without us; tasks are no part of it, because this server has none. */
async function direct(server: FixtureServer, requirements: Requirements, filter: string): Promise<Findings> {
  const found = await testServer(server.url, { requirements })
  return new Map([...found].filter(([name]) => !name.startsWith('tasks-') && name.includes(filter)))
}

function scenariosOf(found: Findings, filter: string): { readonly scenarios?: readonly string[] } {
  return filter === '' ? {} : { scenarios: [...found.keys()] }
}

function named(requirements: Requirements, verdict: Verdict): Verdict {
  return { ...verdict, name: `${requirements} ${verdict.name}` }
}

async function withServer(name: FixtureName, use: (server: FixtureServer) => Promise<void>): Promise<void> {
  const server = await FixtureServer.start(name)
  try {
    await use(server)
  } finally {
    await server.stop()
  }
}

async function withGoverned(
  name: FixtureName,
  use: (server: FixtureServer, custos: GovernedServer) => Promise<void>,
): Promise<void> {
  await withServer(name, async (server) => {
    const custos = await GovernedServer.start(server)
    try {
      await use(server, custos)
    } finally {
      await custos.stop()
    }
  })
}
