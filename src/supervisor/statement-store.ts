/**
 * The sovereign's newest statement to each domain, kept so that a member starts and works on while the sovereign is
 * down. The supervisor carries statements and cannot make one: the member verifies the signature. What is read out
 * of a text here decides only which kernels are started.
 */
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { isDomainName } from './scope.ts'
import type { DomainUnit } from './supervision.ts'
import { supervision } from './supervision.ts'

/** A statement as the sovereign's kernel signed it. */
export interface Statement {
  readonly text: string
  readonly signature: string
}

interface Kept extends Statement {
  readonly number: number
  readonly domain: DomainUnit
}

const maxFileBytes = 1_048_576

/** The statements of one home. */
export class StatementStore {
  readonly #folder: string
  readonly #kept = new Map<string, Kept>()

  /** Reads what is kept under `folder`. What cannot be read is as good as none. */
  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const file of readdirSync(folder).slice(0, supervision.domains * 2)) {
      const name = file.endsWith('.json') ? file.slice(0, -5) : ''
      const kept = isDomainName(name) ? this.#read(name) : null
      if (kept !== null) this.#kept.set(name, kept)
    }
  }

  /** Members for which there is a statement. */
  get members(): readonly DomainUnit[] {
    return [...this.#kept.values()].map(({ domain }) => domain)
  }

  /** The newest statement to a domain, or null. */
  latest(domain: string): Statement | null {
    const kept = this.#kept.get(domain)
    return kept === undefined ? null : { text: kept.text, signature: kept.signature }
  }

  /** Keeps one that is newer than what is there. False when it is not a statement to that domain, or older. */
  keep(domain: string, statement: Statement): boolean {
    const read = readStatement(domain, statement)
    if (read === null || read.number < (this.#kept.get(domain)?.number ?? 0)) return false
    this.#kept.set(domain, read)
    try {
      const path = join(this.#folder, `${domain}.json`)
      writeFileSync(`${path}.new`, JSON.stringify(statement), { mode: 0o600 })
      renameSync(`${path}.new`, path)
    } catch {
      // A full disk: the member has it now, and gets it anew from the sovereign after a restart.
    }
    return true
  }

  #read(domain: string): Kept | null {
    try {
      const bytes = readFileSync(join(this.#folder, `${domain}.json`))
      const parsed = parseStrictJson(bytes, { maxBytes: maxFileBytes, maxDepth: 2, maxValues: 8 })
      if (!parsed.ok || !isJsonObject(parsed.value)) return null
      const { text, signature } = parsed.value
      if (typeof text !== 'string' || typeof signature !== 'string') return null
      return readStatement(domain, { text, signature })
    } catch {
      return null
    }
  }
}

function readStatement(name: string, { text, signature }: Statement): Kept | null {
  const parsed = parseStrictJson(Buffer.from(text))
  if (!parsed.ok || !isJsonObject(parsed.value) || !isDomainName(name)) return null
  const { statement: number, domain, status, weight } = parsed.value
  if (domain !== name || typeof number !== 'number' || !Number.isSafeInteger(number)) return null
  if (status !== 'active' && status !== 'frozen' && status !== 'removed') return null
  return { text, signature, number, domain: { name, status, weight: readWeight(weight) } }
}

/** A weight as it may stand in a notice or a statement; that of a domain without one where it cannot be read. */
export function readWeight(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : supervision.weight
}
