/**
 * `custos driver add`: looks at a program or server once, shows what it is and what it offers, and pins both in a
 * signed manifest. An operator may raise the effect of a selector; nothing lowers it below what the driver itself
 * declares.
 */
import { resolve } from 'node:path'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import { isReverse } from '../../kernel/manifest.ts'
import type { ParsedArguments } from '../arguments.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import type { AddedDriver, DriverRequest } from '../driver-addition.ts'
import { addDriver } from '../driver-addition.ts'
import { askedBoundary } from '../driver-boundary-proposal.ts'
import { lastWords } from '../driver-trouble.ts'
import { priceFlags } from '../driver-prices.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { numberOf } from '../kernel-client.ts'
import { listAgents } from '../lookup.ts'
import { observingProcesses } from '../suggestion/observing.ts'
import { withKernel } from './with-kernel.ts'

/** Adds a driver. */
export const driverAddCommand: Command = {
  name: 'driver add',
  synopsis: 'NAME [flags] -- COMMAND [ARGUMENT]…  |  NAME --url URL [--token-file FILE]',
  summary: 'make an MCP server a driver: look at what it is and offers, pin it, sign it',
  details: [
    'npx PACKAGE is installed once into the home and pinned whole; of any other command the files are pinned.',
    'It is started once to list what it offers, and stopped. Its environment is PATH, HOME and what --env says;',
    'the manifest is recorded, so it must not hold secrets. Unknown effects count as act.',
  ],
  flags: [
    { name: 'url', value: 'URL', about: 'a server over HTTP instead of a command' },
    { name: 'token-file', value: 'FILE', about: 'a private file with its bearer token; never recorded' },
    {
      name: 'effect',
      value: 'TOOL=CLASS',
      repeat: true,
      about: 'raise an effect: observe, change, act, spend, govern',
    },
    ...priceFlags,
    { name: 'env', value: 'K=V', repeat: true, about: 'an environment variable of the program' },
    { name: 'cwd', value: 'DIR', about: 'its working folder (default: this one)' },
    { name: 'data', value: 'FILE', repeat: true, about: 'an argument that is data, not code: not pinned' },
    { name: 'readable', value: 'PATH', repeat: true, about: 'a file or folder that it may read' },
    { name: 'writable', value: 'PATH', repeat: true, about: 'a file or folder that it may write' },
    { name: 'network', about: 'give it a way to ask the gate for the network; grants nothing' },
    { name: 'memory', value: 'MIB', about: 'most memory it may use (default: 4096)' },
    { name: 'processes', value: 'N', about: 'most processes it may have at once (default: 512)' },
    { name: 'client', value: 'LIST', about: 'tell it that clients can do roots, sampling, elicitation' },
    { name: 'full', about: 'show all of what it says of its tools' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  takesProgram: 'optional',
  run: (context) =>
    withKernel(context, async (kernel) => {
      const request = requestOf(context)
      const added = await addDriver(context, kernel, request)
      const { made, attached, manifest } = added
      const observing = await observingProcesses(kernel)
      const agents = (await listAgents(kernel)).filter(({ process }) => observing.has(process))
      context.out.result({ ...made, attached, program: manifest.program, selectors: manifest.selectors }, [
        ...show(context, request.name, added),
        ...agents.map(({ name }) =>
          adviceIn(
            context.paths.domainName,
            `Agent ${visible(name)} observes; for this driver too: custos observe ${visible(name)}`,
          ),
        ),
      ])
    }),
}

function show(
  { paths }: Context,
  name: string,
  { made, manifest, attached }: AddedDriver,
): readonly string[] {
  const driver = numberOf(made, 'driver')
  const { client = [] } = manifest.program
  return [
    `Driver ${name} is driver ${driver} with ${manifest.selectors.length} selectors, recorded in #${numberOf(made, 'seq')}.`,
    ...(attached ? [] : ['It is not attached yet; it last said:', ...lastWords(paths, driver)]),
    ...client.map((selector) =>
      adviceIn(paths.domainName, `It may ask for nothing yet: custos grant ${name} ${selector} …`),
    ),
  ]
}

function requestOf({ args }: Context): DriverRequest {
  return {
    name: args.positionals[0] ?? '',
    source: sourceOf(args),
    client: clientOf(args),
    effects: valuesOf(args, 'effect'),
    prices: { costs: valuesOf(args, 'cost'), quorums: valuesOf(args, 'quorum') },
    detail: args.switches.has('full') ? 'full' : 'short',
  }
}

function sourceOf(args: ParsedArguments): DriverRequest['source'] {
  const url = valueOf(args, 'url')
  const words = args.trailing ?? []
  if (url !== null) {
    const other = ['env', 'cwd', 'data', 'readable', 'writable', 'memory', 'processes'].find((name) =>
      args.values.has(name),
    )
    if (other !== undefined || words.length > 0)
      throw usageFailure(
        `--url does not go together with ${other === undefined ? 'a program' : `--${other}`}`,
      )
    return { kind: 'server', url, tokenFile: valueOf(args, 'token-file') }
  }
  if (words.length === 0)
    throw usageFailure(
      'a program is needed after --, or a server after --url',
      'see: custos driver add --help',
    )
  if (args.values.has('token-file')) throw usageFailure('--token-file goes together with --url')
  return {
    kind: 'command',
    words,
    cwd: resolve(valueOf(args, 'cwd') ?? '.'),
    env: variablesOf(args),
    data: valuesOf(args, 'data'),
    boundary: askedBoundary(args),
  }
}

/** The `--env` words of a command line. */
export function variablesOf(args: ParsedArguments): { readonly [name: string]: string } {
  const variables: { [name: string]: string } = {}
  for (const text of valuesOf(args, 'env')) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(text)
    if (match?.[1] === undefined || match[2] === undefined) throw usageFailure(`--env ${text} is not K=V`)
    variables[match[1]] = match[2]
  }
  return variables
}

/** The reverse selectors that `--client` names: `roots,sampling`, or `none`. */
export function clientOf(args: ParsedArguments): readonly ReverseSelector[] {
  const words = (valueOf(args, 'client') ?? 'none').split(',').map((word) => word.trim())
  if (words.length === 1 && words[0] === 'none') return []
  const selectors = words.map((word) => {
    const selector = word.startsWith('client/') ? word : `client/${word}`
    if (isReverse(selector)) return selector
    throw usageFailure(`--client ${word} is none of roots, sampling, elicitation, none`)
  })
  return [...new Set(selectors)].sort()
}
