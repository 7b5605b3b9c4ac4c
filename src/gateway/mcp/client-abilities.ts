/**
 * What a client said it can do for servers that ask, reduced to what matters here. A driver is only ever told of
 * what the client of that very call can answer, and is only ever answered what that client declared.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { tasksExtension } from '../../mcp/meta.ts'

/** Requests a server can make of a client. */
export type AskMethod = 'elicitation/create' | 'sampling/createMessage' | 'roots/list'

/** What a client can do, as letters, in this order: Roots, Sampling, sampling with tooLs, Form, Url, Tasks. */
export interface ClientAbilities {
  readonly roots: boolean
  readonly sampling: boolean
  readonly samplingTools: boolean
  readonly form: boolean
  readonly url: boolean
  readonly tasks: boolean
}

/** The method behind each reverse selector. */
export const askMethods: ReadonlyMap<string, AskMethod> = new Map([
  ['client/roots', 'roots/list'],
  ['client/sampling', 'sampling/createMessage'],
  ['client/elicitation', 'elicitation/create'],
])

/** Reads the capabilities a client declared; what is not understood is not able. */
export function readAbilities(capabilities: Json | undefined): ClientAbilities {
  const given = isJsonObject(capabilities) ? capabilities : {}
  const { roots, sampling, elicitation, extensions } = given as { readonly [name: string]: Json | undefined }
  const form = isJsonObject(elicitation) && (elicitation['form'] !== undefined || !('url' in elicitation))
  return {
    roots: isJsonObject(roots),
    sampling: isJsonObject(sampling),
    samplingTools: isJsonObject(sampling) && sampling['tools'] !== undefined,
    form,
    url: isJsonObject(elicitation) && elicitation['url'] !== undefined,
    tasks: isJsonObject(extensions) && isJsonObject(extensions[tasksExtension]),
  }
}

const letters: readonly (readonly [keyof ClientAbilities, string])[] = [
  ['roots', 'r'],
  ['sampling', 's'],
  ['samplingTools', 'l'],
  ['form', 'f'],
  ['url', 'u'],
  ['tasks', 't'],
]

/** Abilities as a short text. */
export function writeAbilities(abilities: ClientAbilities): string {
  return letters.map(([name, letter]) => (abilities[name] ? letter : '')).join('')
}

/** Abilities from that text. */
export function parseAbilities(text: string): ClientAbilities {
  const has = (letter: string): boolean => text.includes(letter)
  return {
    roots: has('r'),
    sampling: has('s'),
    samplingTools: has('l'),
    form: has('f'),
    url: has('u'),
    tasks: has('t'),
  }
}

/** The reverse selectors that this client can answer. */
export function answersOf({ roots, sampling, form, url }: ClientAbilities): readonly string[] {
  return [
    ...(roots ? ['client/roots'] : []),
    ...(sampling ? ['client/sampling'] : []),
    ...(form || url ? ['client/elicitation'] : []),
  ]
}

/** Why the client cannot be asked this, or null when it can. */
export function whyUnable(abilities: ClientAbilities, method: AskMethod, params: JsonObject): string | null {
  const able = ((): boolean => {
    switch (method) {
      case 'roots/list':
        return abilities.roots
      case 'sampling/createMessage':
        return abilities.sampling && (params['tools'] === undefined || abilities.samplingTools)
      case 'elicitation/create':
        return params['mode'] === 'url' ? abilities.url : abilities.form
    }
  })()
  return able ? null : `the client did not declare that it can answer this ${method}`
}
