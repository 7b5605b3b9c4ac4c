/**
 * What `halt`, `resume` and `drill` are about, from their flags: everything, one domain, or an agent or process of one.
 * Halting asks no kernel, so names of agents are looked up by the supervisor, which knows them.
 */
import type { FlagSpec } from './arguments.ts'
import { valueOf } from './arguments.ts'
import type { JsonObject } from '../base/json.ts'
import { isDomainName } from '../kernel/sovereign/shape.ts'
import { mainDomain } from '../wire/socket-folder.ts'
import type { Context } from './command.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'

/** What stands still, as a person named it. */
export interface ChosenScope {
  /** Null for everything. */
  readonly domain: string | null
  /** An agent by name or number, or a process by number, in that domain. */
  readonly agent?: string | number
  readonly process?: number
}

/** The flags that choose a scope. */
export const scopeFlags: readonly FlagSpec[] = [
  { name: 'domain', value: 'NAME', about: 'only this domain; with the next two, the domain they are of' },
  { name: 'agent', value: 'AGENT', about: 'only this agent, with all its processes and programs' },
  { name: 'process', value: 'PROCESS', about: 'only this process, by its number, with its children' },
]

/** The scope that the flags choose. */
export function chosenScope({ args }: Context): ChosenScope {
  const [domain, agent, process] = ['domain', 'agent', 'process'].map((name) => valueOf(args, name))
  if (domain !== null && domain !== undefined && !isDomainName(domain))
    throw usageFailure(`"${visible(domain)}" cannot be a domain`)
  if (agent != null && process != null) throw usageFailure('an agent or a process, not both')
  if (process != null) {
    if (!/^[1-9]\d{0,9}$/u.test(process)) throw usageFailure(`"${visible(process)}" is no process number`)
    return { domain: domain ?? mainDomain, process: Number(process) }
  }
  if (agent == null) return { domain: domain ?? null }
  const isNumber = /^[1-9]\d{0,9}$/u.test(agent)
  return { domain: domain ?? mainDomain, agent: isNumber ? Number(agent) : agent }
}

/** The scope as the supervisor is asked about it. */
export function scopeRequest({ domain, agent, process }: ChosenScope): JsonObject {
  return {
    ...(domain === null ? {} : { domain }),
    ...(agent === undefined ? {} : { agent }),
    ...(process === undefined ? {} : { process }),
  }
}

/** The scope in words, safe to print. */
export function scopeWords({ domain, agent, process }: ChosenScope): string {
  if (domain === null) return 'everything'
  const place = domain === mainDomain ? '' : ` of ${visible(domain)}`
  if (agent !== undefined) return `agent ${visible(String(agent))}${place}`
  return process === undefined ? `domain ${visible(domain)}` : `process ${process}${place}`
}
