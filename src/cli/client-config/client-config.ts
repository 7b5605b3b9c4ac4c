/**
 * What a client's configuration is to us: files in known places that list MCP servers, one entry per server,
 * and an entry of our own that points the client here. One file per client says where its files lie, how an
 * entry reads and how ours is written; everything else is the same for all of them.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { PlaceholderStyle } from './placeholder.ts'
import type { TextProblem } from './text-problem.ts'

/** What the places of files depend on. */
export interface Surroundings {
  readonly platform: NodeJS.Platform
  /** The person's home folder. */
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  /** The folder whose project files count. */
  readonly cwd: string
}

/** A place where a client looks; the file need not exist. */
export interface ConfigFile {
  readonly path: string
  readonly scope: 'user' | 'project'
}

/** Where in a document servers are listed: an object from names to entries. */
export interface ServerList {
  /** Member names from the document inwards. */
  readonly path: readonly string[]
  /** For people: `user`, `project`, or which project. */
  readonly scope: string
  /** The folder that its servers run in unless they say otherwise, absolute. */
  readonly folder: string
  readonly servers: JsonObject
  /** Why its servers do not count here, or null. */
  readonly elsewhere: string | null
}

/** What an entry says, before placeholders are filled in. */
export type ServerEntry =
  | {
      readonly kind: 'stdio'
      readonly command: string
      readonly args: readonly string[]
      readonly env: { readonly [name: string]: string }
      /** As written, or null. */
      readonly cwd: string | null
      readonly disabled: boolean
    }
  | {
      readonly kind: 'http'
      readonly url: string
      readonly headers: { readonly [name: string]: string }
      readonly disabled: boolean
    }
  /** Understood, but nothing that could be a driver. */
  | { readonly kind: 'unusable'; readonly why: string }

/** A change to one list of servers. */
export interface ListChange {
  readonly remove: ReadonlySet<string>
  /** Our entry, or null when it is there already. */
  readonly add: { readonly name: string; readonly entry: JsonObject } | null
}

/** A way of writing configuration down. Edits touch the servers concerned and no other byte. */
export interface ConfigFormat {
  /** The document, as far as it concerns servers. */
  read(text: string): Result<JsonObject, TextProblem>
  /** The text with the list at `path` changed, or a sentence why that cannot be done safely. */
  edit(text: string, path: readonly string[], change: ListChange): Result<string, string>
  /** The text of the list at `path`; empty when there is none. */
  fragment(text: string, path: readonly string[]): Result<string, string>
  /** What a fragment says, whatever its layout; null when it cannot be read. */
  fragmentValue(fragment: string): Json | null
  /** The text with `fragment` in the place of the list at `path`. */
  replaceFragment(text: string, path: readonly string[], fragment: string): Result<string, string>
  /** Text for a person to paste: `entry` under `name` in the list at `path`; the bare entry for an empty path. */
  snippet(path: readonly string[], name: string, entry: JsonObject, beside?: JsonObject): string
}

/** How a client reaches us as one agent. */
export interface Connection {
  /** A program that speaks MCP over its standard input and output. */
  readonly stdio: {
    readonly command: string
    readonly args: readonly string[]
    readonly env: { readonly [name: string]: string }
  }
  /** Null when no address is known. */
  readonly http: {
    readonly url: string
    /** Null when the token must not be written down: the entry then refers to `CUSTOS_TOKEN`. */
    readonly token: string | null
  } | null
}

/** Our entry for a client. */
export interface OwnEntry {
  readonly entry: JsonObject
  /** Members that have to stand beside the list, for example VS Code's `inputs`. */
  readonly beside?: JsonObject
}

/** One client. */
export interface ClientConfig {
  /** What is typed: `claude-code`. */
  readonly id: string
  /** For people: `Claude Code`. */
  readonly title: string
  readonly format: ConfigFormat
  readonly placeholders: PlaceholderStyle
  /** The files that it reads here, the widest first. */
  files(surroundings: Surroundings): readonly ConfigFile[]
  /** The lists of servers in a document that was read from `file`. */
  lists(document: JsonObject, file: ConfigFile, surroundings: Surroundings): readonly ServerList[]
  /** Names that the document, or files beside it, switch off. */
  switchedOff(document: JsonObject, file: ConfigFile): ReadonlySet<string>
  /** Reads one entry; an error is a sentence about its shape. */
  readEntry(entry: JsonObject): Result<ServerEntry, string>
  /** Our entry over standard input and output, as it stands in the list at `path`. */
  stdioEntry(connection: Connection, path: readonly string[]): JsonObject
  /** Our entry over Streamable HTTP, or null when the client's file takes none. */
  httpEntry(connection: NonNullable<Connection['http']>): OwnEntry | null
  /** Where a list stands in a new file. */
  readonly listPath: readonly string[]
}

/** The value at `path`, or undefined. */
export function valueAt(document: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = document
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const object: JsonObject = value as JsonObject
    value = Object.hasOwn(object, name) ? object[name] : undefined
  }
  return value
}
