/** What the kernel's process tells its supervisor: which drivers should run, and when that changes. */
import type { AgentId, DriverId, Instant, ProcessId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import type { HaltScope } from '../kernel/halt/event-bodies.ts'
import type { DomainStatus } from '../kernel/state.ts'

/** What the kernel tells its supervisor. */
export type SupervisorNotice =
  | { readonly event: 'units'; readonly drivers: readonly DriverUnit[] }
  /** A halt is over: of the domain, or of the scope whose halt was requested at that time. */
  | { readonly event: 'resumed'; readonly scope?: HaltScope; readonly requestedAt?: Instant }
  /** Who is who: what a halt stops is known without asking the kernel. */
  | {
      readonly event: 'identities'
      readonly isWhole: boolean
      readonly processes: readonly Identity[]
      readonly gone: readonly ProcessId[]
    }
  | { readonly event: 'restart'; readonly driver: DriverId }
  /** A sovereign: every domain there is, and whether it should run. */
  | { readonly event: 'domains'; readonly domains: readonly DomainUnit[] }
  /** A sovereign: its newest word to one domain, to be carried there. */
  | {
      readonly event: 'statement'
      readonly domain: string
      readonly signature: string
      readonly text: string
    }
  /** A member: what it acts on, to be carried to the sovereign. */
  | {
      readonly event: 'acknowledged'
      readonly statement: number
      readonly canonVersion: number
      readonly canonDigest: string
      readonly ledgerKey: string
    }

/** A process, with its agent and the process that made it: 0 where there is none. */
export interface Identity {
  readonly process: ProcessId
  readonly agent: AgentId | 0
  readonly parent: ProcessId | 0
  readonly name: string
}

/** A domain's kernel that should run, or not. */
export interface DomainUnit {
  readonly name: string
  readonly status: DomainStatus
  readonly weight: number
}

/** A driver that should run, and the secret its adapter proves itself with. */
export interface DriverUnit {
  readonly driver: DriverId
  readonly name: string
  readonly program: JsonObject
  readonly secret: string
}
