/**
 * What a preset is: for one well-known server, the selectors and argument terms that make sense together, as
 * data. A preset is only a shorter way of typing a grant. It names what it gives one by one, so that a tool
 * which the server learns later is not in it, and nothing that its name would not lead one to expect.
 */

/** In terms, the folder that `--root` names: `path within /$ROOT`. */
export const rootPlaceholder = '/$ROOT'

/** How much a preset gives. `read-write` includes `read-only`. */
export type PresetName = 'read-only' | 'read-write'

/** Argument terms by selector, each line as `--where` takes it. An empty list allows no arguments. */
export type PresetLines = { readonly [selector: string]: readonly string[] }

/** The presets of one server. */
export interface ServerPresets {
  /** For people and for `--preset SERVER/NAME`. */
  readonly server: string
  /** Where the server is from. */
  readonly origin: string
  /** Selectors that together tell this server from others. */
  readonly known: readonly string[]
  readonly readOnly: PresetLines
  /** What `read-write` adds; absent when there is nothing to write. */
  readonly readWrite?: PresetLines
  /** What no preset gives, and why: shown to people. */
  readonly leftOut: { readonly [selector: string]: string }
}
