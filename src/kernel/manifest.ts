/**
 * A driver's manifest: the signed data that makes a program a driver. It names the program and pins
 * every selector to the digest of its definition, so that a driver which changes what it offers is
 * noticed. A manifest is data; nothing in it runs inside the kernel.
 */
import type { EffectClass } from './effect.ts'
import type { Selector } from './capability/terms.ts'

/** One operation a driver offers, as it was when an operator accepted it. */
export interface PinnedSelector {
  readonly selector: Selector
  /** SHA-256 in hex of the canonical JSON of the definition as the driver gave it. */
  readonly digest: string
  readonly effect: EffectClass
}

/** The program that serves a driver, started by the supervisor through an adapter. */
export interface DriverProgram {
  /** The dialect the program speaks. */
  readonly protocol: 'mcp-stdio'
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** Environment variables the program gets beside the few fixed ones. Never secrets: they are recorded. */
  readonly env: { readonly [name: string]: string }
}

/** What an operator signs when adding a driver. */
export interface DriverManifest {
  readonly program: DriverProgram
  readonly selectors: readonly PinnedSelector[]
}
