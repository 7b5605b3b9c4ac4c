/** From untrusted JSON to a driver manifest, as strictly as the order it comes in. */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { Shape } from '../../base/shape.ts'
import {
  distinct,
  list,
  mapping,
  object,
  oneOf,
  optional,
  parse,
  tagged,
  text,
  whole,
} from '../../base/shape.ts'
import { effectClasses } from '../effect.ts'
import { limits } from '../limits.ts'
import type { CodePin, DriverManifest, DriverProgram, PinnedSelector, ProgramBoundary } from '../manifest.ts'
import { reverseSelectors, services } from '../manifest.ts'
import { aDigest, aDomainName } from './shape.ts'

const environmentName = /^[A-Za-z_][A-Za-z0-9_]*$/u
/** Without credentials, spaces or a fragment: what is shown to a person is where the adapter goes. */
const httpUrl = /^https?:\/\/[^\s@#/?]+(?:[/?][^\s@#]*)?$/u
const maxArguments = 256
const maxCodePins = 64
const maxTextLength = 4096
const maxCount = 1_048_576

const anArgument = bounded('must be a text of bounded length', () => true)
const aWord = bounded('must be a text that is not empty', (value) => value !== '')
const aPath = bounded('must be an absolute path', (value) => value.startsWith('/'))
const paths = list(aPath, maxCodePins)
const aBoundedCount = whole<number>(1, maxCount)

const client = optional(
  distinct(list(oneOf(reverseSelectors), reverseSelectors.length, 1), (selector) => selector),
)

const code: Shape<CodePin> = object({ path: aPath, digest: aDigest, origin: anArgument })

const boundary: Shape<ProgramBoundary> = object({
  readable: paths,
  writable: paths,
  memoryMiB: optional(aBoundedCount),
  processes: optional(aBoundedCount),
  network: optional(oneOf([true])),
})

const aProgram: Shape<DriverProgram> = tagged<DriverProgram, 'protocol'>('protocol', {
  'mcp-stdio': {
    command: aWord,
    args: list(anArgument, maxArguments),
    cwd: aPath,
    env: mapping(anArgument, maxArguments, (name) => environmentName.test(name)),
    code: optional(list(code, maxCodePins)),
    client,
    boundary: optional(boundary),
  },
  'mcp-http': {
    url: bounded('must be an absolute http or https address', (value) => httpUrl.test(value)),
    credential: bounded(
      'must be an absolute path, or empty',
      (value) => value === '' || value.startsWith('/'),
    ),
    client,
  },
  service: { service: oneOf(services) },
  domain: { domain: aDomainName },
})

const pinned: Shape<PinnedSelector> = object({
  // What belongs to processes is never a driver's to offer.
  selector: bounded('must name what a driver can do', (value) => !/^(?:$|capability\/)/u.test(value)),
  digest: aDigest,
  effect: oneOf(effectClasses),
  cost: optional(whole(1)),
  quorum: optional(whole(1, limits.quorum)),
})

/** How a manifest looks. */
export const aManifest: Shape<DriverManifest> = object({
  program: aProgram,
  selectors: distinct(list(pinned, limits.selectorsPerDriver), ({ selector }) => selector),
})

/** The manifest, or a sentence saying what is wrong with it. */
export function parseManifest(value: Json): Result<DriverManifest, string> {
  return parse(aManifest, value, 'A manifest')
}

/** Reads a driver's program, bounded, or says in a sentence why it is none. */
export function parseProgram(value: Json): Result<DriverProgram, string> {
  return parse(aProgram, value, 'A program')
}

function bounded(says: string, test: (value: string) => boolean): Shape<string> {
  return text(says, (value) => value.length <= maxTextLength && !value.includes('\u0000') && test(value))
}
