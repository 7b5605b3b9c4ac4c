/**
 * Several real kernels in their own processes, with the test as the supervisor between them: it starts what the
 * sovereign announces, carries statements and acknowledgements, and can forget, hold back or falsify them.
 */
import { mkdirSync } from 'node:fs'
import type { JsonObject } from '../../src/base/json.ts'
import type { Answer } from '../../src/wire/answer.ts'
import { socketFolder, sovereignDomain } from '../../src/wire/socket-folder.ts'
import { KernelProcess, TestHome } from './kernel-process.ts'

/** A statement on its way. */
export interface CarriedStatement {
  readonly signature: string
  readonly text: Uint8Array
}

/** The kernels of one home. */
export class RealmProcesses {
  readonly home: TestHome = new TestHome('sovereign')
  readonly kernels: Map<string, KernelProcess> = new Map<string, KernelProcess>()
  /** The newest statement to each domain, as the sovereign told it. */
  readonly statements: Map<string, CarriedStatement> = new Map<string, CarriedStatement>()
  readonly acknowledged: Map<string, JsonObject> = new Map<string, JsonObject>()
  domains: readonly JsonObject[] = []
  /** Whether statements are carried as they come. */
  isCarrying = true

  /** Starts the sovereign; members follow with `startMember`. */
  async start(): Promise<KernelProcess> {
    this.#prepare(sovereignDomain)
    const sovereign = await KernelProcess.start(this.home, {
      domain: sovereignDomain,
      onNotice: (header, body) => this.#hearsSovereign(header, body),
    })
    this.kernels.set(sovereignDomain, sovereign)
    return sovereign
  }

  /** Starts the kernel of a domain with the newest statement, once there is one. */
  async startMember(name: string, statement?: CarriedStatement): Promise<KernelProcess> {
    await until(() => statement !== undefined || this.statements.has(name), `a statement to ${name}`)
    const { signature, text } = statement ?? this.#newest(name)
    this.#prepare(name)
    const member = await KernelProcess.start(this.home, {
      domain: name,
      words: { statement: { signature } },
      body: Buffer.from(JSON.stringify({ halts: [], statement: Buffer.from(text).toString() })),
      onNotice: (header) => {
        if (header['event'] === 'acknowledged') this.#acknowledges(name, header)
      },
    })
    this.kernels.set(name, member)
    return member
  }

  /** Takes the newest statement to a domain's kernel. */
  carry(name: string): Promise<Answer> {
    const { signature, text } = this.#newest(name)
    return this.kernel(name).request({ op: 'statement', signature }, text)
  }

  kernel(name: string): KernelProcess {
    const found = this.kernels.get(name)
    if (found === undefined) throw new Error(`no kernel of ${name} runs`)
    return found
  }

  /** Ends every kernel and removes the home. */
  async end(): Promise<void> {
    for (const kernel of this.kernels.values()) await kernel.kill()
    this.home.remove()
  }

  #newest(name: string): CarriedStatement {
    const found = this.statements.get(name)
    if (found === undefined) throw new Error(`nothing was said to ${name}`)
    return found
  }

  #prepare(name: string): void {
    mkdirSync(socketFolder(this.home.folder, name), { recursive: true, mode: 0o700 })
  }

  #hearsSovereign(header: JsonObject, body: Uint8Array): void {
    if (header['event'] === 'domains') this.domains = header['domains'] as readonly JsonObject[]
    if (header['event'] !== 'statement') return
    const name = header['domain'] as string
    this.statements.set(name, { signature: header['signature'] as string, text: Buffer.from(body) })
    if (this.isCarrying && this.kernels.has(name)) void this.carry(name)
  }

  #acknowledges(name: string, header: JsonObject): void {
    this.acknowledged.set(name, header)
    void this.kernel(sovereignDomain).request({ ...header, op: 'acknowledged', domain: name })
  }
}

/** Waits for a condition, with patience. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 90_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`it never came to this: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
