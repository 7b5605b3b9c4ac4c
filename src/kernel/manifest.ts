/**
 * A driver's manifest: the signed data that makes a program a driver. It names the program, pins its code,
 * and pins every selector to the digest of its definition, so that a driver which changes what it is or what
 * it offers is noticed. A manifest is data; nothing in it runs inside the kernel.
 */
import type { EffectClass } from './effect.ts'
import type { Selector } from './capability/terms.ts'

/** One operation a driver offers, as it was when an operator accepted it. */
export interface PinnedSelector {
  readonly selector: Selector
  /** SHA-256 in hex of the canonical JSON of the definition as the driver gave it. */
  readonly digest: string
  readonly effect: EffectClass
  /** What one use costs, in whole units; missing for nothing. Paid from the budget of the capability, if it has one. */
  readonly cost?: number
  /** How many capabilities, granted by as many different operators, one use takes; missing for one. */
  readonly quorum?: number
}

/** Code as it was when an operator accepted it: one file, or a folder with everything in it. */
export interface CodePin {
  /** Absolute path of the file or folder. */
  readonly path: string
  /** SHA-256 in hex: of the file's bytes, or of the folder's listing of paths and digests. */
  readonly digest: string
  /** Where it came from, for people: a package with its version and integrity, or nothing. */
  readonly origin: string
}

/** What a driver may be told that its clients can do, and may then ask of them if it holds a capability. */
export const reverseSelectors = ['client/roots', 'client/sampling', 'client/elicitation'] as const

/** One of them. */
export type ReverseSelector = (typeof reverseSelectors)[number]

/** Every reverse selector, with the effect class of asking. */
export const reverseEffects: { readonly [R in ReverseSelector]: EffectClass } = {
  'client/roots': 'observe',
  'client/sampling': 'act',
  'client/elicitation': 'act',
}

/** True for the selectors that drivers, and nobody else, may hold. */
export function isReverse(selector: Selector): selector is ReverseSelector {
  return Object.hasOwn(reverseEffects, selector)
}

/** A program of its own that speaks MCP over standard input and output, started through an adapter. */
export interface StdioProgram {
  readonly protocol: 'mcp-stdio'
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Environment variables the program gets beside the few fixed ones. Never secrets: they are recorded. */
  readonly env: { readonly [name: string]: string }
  /** Checked by the adapter before every start; what differs is not started. */
  readonly code?: readonly CodePin[]
  readonly client?: readonly ReverseSelector[]
  readonly boundary?: ProgramBoundary
}

/** What a driver's program may touch beside the system's own files, its working folder and its pinned code. */
export interface ProgramBoundary {
  /** Absolute paths of files and folders that it may read. */
  readonly readable: readonly string[]
  /** Likewise that it may write. */
  readonly writable: readonly string[]
  readonly memoryMiB?: number
  readonly processes?: number
  /** It is given a way to ask the gate for the network. Without it there is none. */
  readonly network?: true
}

/** A server reached over HTTP through an adapter. */
export interface HttpProgram {
  readonly protocol: 'mcp-http'
  /** Absolute, http or https, without credentials. */
  readonly url: string
  /** Absolute path of a private file that holds the bearer token or OAuth credentials, or empty for none. */
  readonly credential: string
  readonly client?: readonly ReverseSelector[]
}

/** The system's own services. */
export const services = ['net', 'workspace'] as const

/** A service of the system, which speaks the wire itself. */
export interface ServiceProgram {
  readonly protocol: 'service'
  readonly service: (typeof services)[number]
  readonly client?: never
}

/** Another domain of the home: what it grants the agent that stands for this one is what this driver offers. */
export interface DomainProgram {
  readonly protocol: 'domain'
  readonly domain: string
  readonly client?: never
}

/** What serves a driver. */
export type DriverProgram = StdioProgram | HttpProgram | ServiceProgram | DomainProgram

/** What an operator signs when adding a driver. */
export interface DriverManifest {
  readonly program: DriverProgram
  readonly selectors: readonly PinnedSelector[]
}
