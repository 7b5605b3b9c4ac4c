/**
 * `custos import`: brings the MCP servers of a client under the gate. They become drivers, and the client is
 * pointed here instead; with `--apply` its file is changed, and `custos export` takes that back. Nothing is
 * granted by it.
 */
import { valueOf } from '../arguments.ts'
import { surroundingsOf } from '../client-config/client-snippet.ts'
import { clientConfigs, clientIds } from '../client-config/clients.ts'
import type { ReadFile } from '../client-config/found-server.ts'
import { readClients, readNamed } from '../client-config/found-server.ts'
import type { ImportedFile } from '../client-config/import-drivers.ts'
import { importDrivers } from '../client-config/import-drivers.ts'
import type { PlannedFile } from '../client-config/import-plan.ts'
import { planImport } from '../client-config/import-plan.ts'
import { readRecords } from '../client-config/import-record.ts'
import { checkAgent, connectionFor, pointHere } from '../client-config/import-pointing.ts'
import { names, planData, remarksOnRest, showPlan } from '../client-config/import-rendering.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import type { ExitCode } from '../exit.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { tryKernel } from '../kernel-client.ts'
import { listDrivers } from '../lookup.ts'
import { canAsk, confirm } from '../prompt.ts'
import { withKernel } from './with-kernel.ts'

/** Brings the servers of existing clients here. */
export const importCommand: Command = {
  name: 'import',
  synopsis: '[CLIENT|FILE]… [--all] [--agent NAME] [--apply] [--dry-run] [--yes]',
  summary: 'make the MCP servers of an existing client drivers, and point it here (signed)',
  details: [
    `Clients: ${clientIds}. Without one, and without --all, it shows what there is.`,
    'Servers that need a secret are held back, because what is signed is recorded for good.',
    'Nothing is granted: custos observe AGENT or custos grant does that.',
  ],
  flags: [
    { name: 'all', about: 'every client whose configuration is found' },
    { name: 'agent', value: 'NAME', about: 'who the client will be; added if there is no such agent' },
    { name: 'token-file', value: 'FILE', about: 'where the agent’s token is, or goes if the agent is new' },
    { name: 'apply', about: 'change the client’s file; custos export takes it back' },
    { name: 'env-in-manifest', about: 'record what looks like a secret, instead of holding the server back' },
    { name: 'dry-run', about: 'show what would be done' },
    { name: 'yes', about: 'do not ask before starting the programs found' },
    ...signingFlags,
  ],
  positionals: { fewest: 0, most: null },
  run,
}

async function run(context: Context): Promise<ExitCode> {
  const { args, out } = context
  const files = filesOf(context)
  const isListing = args.positionals.length === 0 && !args.switches.has('all')
  if (args.switches.has('apply') && valueOf(args, 'agent') === null)
    throw usageFailure('--apply needs --agent NAME: who the client will be')
  if (isListing || args.switches.has('dry-run')) {
    const planned = await planFor(context, files)
    const hint = isListing
      ? [
          '',
          adviceIn(
            context.paths.domainName,
            'To bring them here: custos import CLIENT --agent NAME, or --all',
          ),
        ]
      : []
    out.result(
      { files: planData(planned) },
      planned.length === 0
        ? ['No client configuration was found.']
        : [...showPlan(planned), ...remarksOnRest(planned), ...hint],
    )
    return exitCodes.done
  }
  let failures = 0
  await withKernel(context, async (kernel) => {
    failures = await importAll(context, kernel, files)
  })
  return failures === 0 ? exitCodes.done : exitCodes.usage
}

function filesOf({ args, env }: Context): readonly ReadFile[] {
  const surroundings = surroundingsOf(env)
  const named = args.positionals.flatMap((word) => readNamed(word, surroundings))
  const all = args.positionals.length === 0 || args.switches.has('all')
  const files = [...named, ...(all ? readClients(clientConfigs, surroundings) : [])]
  // In the home folder itself a file may be the user's and the project's; the user's comes first.
  return files.filter(({ file }, at) => files.findIndex((other) => other.file.path === file.path) === at)
}

/** The plan as far as it can be known: the names of drivers are, when the kernel runs. */
async function planFor(context: Context, files: readonly ReadFile[]): Promise<readonly PlannedFile[]> {
  const kernel = await tryKernel(context.paths)
  if (!kernel.ok) return planWith(context, files, [])
  try {
    return await planOn(context, kernel.value, files)
  } finally {
    kernel.value.close()
  }
}

async function planOn(
  context: Context,
  kernel: KernelClient,
  files: readonly ReadFile[],
): Promise<readonly PlannedFile[]> {
  const drivers = await listDrivers(kernel)
  return planWith(
    context,
    files,
    drivers.map(({ name }) => name),
  )
}

function planWith(
  { paths, env, args }: Context,
  files: readonly ReadFile[],
  drivers: readonly string[],
): readonly PlannedFile[] {
  const known = { names: new Set(drivers), records: readRecords(paths.home) }
  const secretsInManifest = args.switches.has('env-in-manifest')
  return planImport(files, known, { surroundings: surroundingsOf(env), secretsInManifest })
}

/** Everything; returns how many servers could not be added. */
async function importAll(given: Context, kernel: KernelClient, files: readonly ReadFile[]): Promise<number> {
  const { out, args } = given
  // Every order is shown and signed by itself, with the passphrase asked for once.
  const context: Context = { ...given, passphrases: { ...given.passphrases, proven: new Map() } }
  const planned = await planOn(context, kernel, files)
  for (const line of [...showPlan(planned), ...remarksOnRest(planned)]) out.note(line)
  const count = planned.flatMap(({ servers }) => servers).filter(({ plan }) => plan.do === 'add').length
  await checkAgent(context, kernel)
  if (count > 0) await orDeclined(context, count)
  const imported = await importDrivers(context, kernel, planned)
  const isAnyMoved = imported.some(({ moved }) => moved.length > 0)
  const connection = isAnyMoved ? await connectionFor(context, kernel) : null
  const agent = valueOf(args, 'agent')
  const isApplied = args.switches.has('apply')
  const ends = imported.map((file) =>
    connection === null ? [] : pointHere(context, file, connection, agent ?? '', isApplied),
  )
  out.result(
    {
      files: planData(planned),
      failed: imported.flatMap(({ failed }) => failed.map(failureData)),
      isApplied,
      agent,
    },
    [
      ...imported.flatMap(showImported),
      ...ends.flat(),
      ...nextSteps(agent, imported).map((line) => adviceIn(context.paths.domainName, line)),
    ],
  )
  return imported.reduce((sum, { failed }) => sum + failed.length, 0)
}

function failureData({ server, why }: ImportedFile['failed'][number]): {
  readonly server: string
  readonly why: string
} {
  return { server: server.name, why }
}

/** To look at a program is to run it: somebody has to want that. */
async function orDeclined({ args }: Context, count: number): Promise<void> {
  if (args.switches.has('yes')) return
  if (!canAsk())
    throw usageFailure(
      'the programs found would be started to look at what they offer, and there is no terminal to ask at',
      'look with --dry-run first, then use --yes',
    )
  if (!(await confirm(`Start and add ${count === 1 ? 'this one' : `these ${count}`}?`)))
    throw usageFailure('nothing was done')
}

function showImported({ planned, moved, failed }: ImportedFile): readonly string[] {
  const { file } = planned
  return [
    ...(moved.length === 0
      ? []
      : [`${file.client.title}: ${names(moved)} ${moved.length === 1 ? 'is a driver' : 'are drivers'} now.`]),
    ...(failed.length === 0
      ? []
      : [`${file.client.title}: NOT added: ${names(failed.map(({ server }) => server))}.`]),
  ]
}

function nextSteps(agent: string | null, imported: readonly ImportedFile[]): readonly string[] {
  if (imported.every(({ moved }) => moved.length === 0)) return ['Nothing was added.']
  return agent === null
    ? ['To connect the client: custos import … --agent NAME --apply, or custos agent add NAME.']
    : [
        `${agent} holds nothing yet unless you granted it: custos observe ${agent} lets it go on, and records.`,
      ]
}
