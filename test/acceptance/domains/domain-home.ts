/**
 * A home with several domains, used the way a person uses it: every step is a run of the `custos` command, and
 * agents attach at their own domain's socket.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import type { Agent } from '../../../src/sdk/index.ts'
import { connectAgent } from '../../../src/sdk/index.ts'
import { socketFolder } from '../../../src/wire/socket-folder.ts'
import type { CommandRun } from '../../harness/command-line-home.ts'
import { CommandLineHome } from '../../harness/command-line-home.ts'
import { until } from '../../harness/world.ts'

const server = new URL('../../harness/logging-server.mjs', import.meta.url).pathname
/** A busy machine may take its time; what never comes fails all the same. */
const patienceMs = 60_000

/** One home. */
export class DomainHome {
  readonly cli: CommandLineHome = new CommandLineHome()

  /** Runs a command that has to succeed, and returns what it prints as JSON. */
  async json(...words: readonly string[]): Promise<JsonObject> {
    return JSON.parse((await this.cli.must(...words, '--json')).stdout) as JsonObject
  }

  /** The same for a command that prints a list. */
  async list(...words: readonly string[]): Promise<readonly JsonObject[]> {
    return (await this.json(...words)) as unknown as readonly JsonObject[]
  }

  /** Runs a command that has to fail with this exit code. */
  async fails(status: number, ...words: readonly string[]): Promise<CommandRun> {
    const ran = await this.cli.run(...words)
    if (ran.status === status) return ran
    throw new Error(`custos ${words.join(' ')} ended with ${ran.status}: ${ran.stdout}${ran.stderr}`)
  }

  /** Adds the server that logs its calls, as driver `log` of a domain, and waits until it is attached. */
  async addLog(domain: string): Promise<void> {
    const file = join(this.cli.work, `${domain}.effects`)
    const words = ['driver', 'add', 'log', '--domain', domain, '--writable', this.cli.work, '--']
    await this.cli.must(...words, process.execPath, server, file)
    await this.attached(domain, 'log')
  }

  /** What the driver `log` of a domain was asked to do, one line each. */
  effects(domain: string): readonly string[] {
    try {
      return readFileSync(join(this.cli.work, `${domain}.effects`), 'utf8')
        .split('\n')
        .slice(0, -1)
    } catch {
      return []
    }
  }

  /** Waits until a driver is attached. */
  async attached(domain: string, driver: string): Promise<void> {
    await until(
      async () => {
        const drivers = await this.list('driver', 'list', '--domain', domain)
        return drivers.some((item) => item['name'] === driver && item['attached'] === true) || null
      },
      `driver ${driver} of ${domain} to be attached`,
      patienceMs,
    )
  }

  /** Adds an agent in a domain and attaches as it. The caller closes it. */
  async agent(domain: string, name: string): Promise<Agent> {
    const file = join(this.cli.folder, `${domain}-${name}.token`)
    await this.cli.must('agent', 'add', name, '--domain', domain, '--token-file', file)
    return this.attach(domain, readFileSync(file, 'utf8').trim())
  }

  /** An attachment with that token at that domain. */
  attach(domain: string, token: string): Promise<Agent> {
    return connectAgent({ socket: join(socketFolder(this.cli.home, domain), 'agent.sock'), token })
  }

  /** Every event of a domain's ledger. */
  async events(domain: string): Promise<readonly JsonObject[]> {
    const { stdout } = await this.cli.must('ledger', 'export', '--domain', domain)
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JsonObject)
  }

  /** The events of one kind, each with its body. */
  async bodies(domain: string, kind: string): Promise<readonly JsonObject[]> {
    return (await this.events(domain))
      .filter((event) => event['kind'] === kind)
      .map((event) => event['body'] as JsonObject)
  }
}

/** Runs `test` in a fresh home that is up, and leaves nothing behind. */
export async function inDomains(test: (home: DomainHome) => Promise<void>): Promise<void> {
  const home = new DomainHome()
  try {
    await home.cli.must('up')
    await test(home)
  } finally {
    await home.cli.remove()
  }
}

/** Polls until `probe` gives something. */
export function eventually<T>(probe: () => Promise<T | null>, what: string): Promise<T> {
  return until(probe, what, patienceMs)
}

/** A member of an object that must be a number. */
export function numberIn(object: JsonObject, name: string): number {
  const value: Json | undefined = object[name]
  if (typeof value !== 'number') throw new Error(`${name} is no number in ${JSON.stringify(object)}`)
  return value
}

/** A member of an object that must be text. */
export function textIn(object: JsonObject, name: string): string {
  const value: Json | undefined = object[name]
  if (typeof value !== 'string') throw new Error(`${name} is no text in ${JSON.stringify(object)}`)
  return value
}
