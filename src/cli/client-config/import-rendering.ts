/** What an import found, did and left, for people and as data. Credentials are named, never shown. */
import type { Json } from '../../base/json.ts'
import { visible, visibleShort } from '../escape.ts'
import { table } from '../output.ts'
import type { ServerEntry } from './client-config.ts'
import { credentialArguments } from './credential.ts'
import type { FoundServer } from './found-server.ts'
import type { PlannedFile, PlannedServer } from './import-plan.ts'

const shownLength = 72

/** The files with their servers and what will become of them. */
export function showPlan(files: readonly PlannedFile[]): readonly string[] {
  return files.flatMap(({ file, servers }) => [
    `${file.client.title}: ${visible(file.file.path)}`,
    ...(servers.length === 0
      ? ['  no servers']
      : table(
          servers.map((planned) => [
            `  ${visible(planned.server.name)}`,
            visibleShort(whatItIs(planned.server.entry), shownLength),
            fate(planned),
          ]),
        )),
  ])
}

function whatItIs(entry: ServerEntry): string {
  if (entry.kind === 'unusable') return '-'
  if (entry.kind === 'http') return addressOf(entry.url)
  const hidden = credentialArguments(entry.args)
  return [entry.command, ...entry.args.map((word, index) => (hidden.has(index) ? '…' : word))].join(' ')
}

/** An address without what may be secret in it. */
function addressOf(text: string): string {
  const url = URL.parse(text)
  return url === null ? '(not an address)' : `${url.protocol}//${url.host}${url.pathname}`
}

function fate({ server, plan }: PlannedServer): string {
  const where = server.list.scope === server.file.scope ? '' : ` (${visible(server.list.scope)})`
  if (plan.do === 'skip') return `stays: ${visible(plan.skipped.why)}${where}`
  const recorded = plan.do === 'add' ? plan.prepared.recorded : []
  const warning = recorded.length === 0 ? '' : `, RECORDING ${visible(recorded.join(', '))}`
  const filters =
    server.filters.length === 0 ? '' : `; ${server.filters.join(', ')} of the client does not come along`
  return `${plan.do === 'add' ? 'becomes driver' : 'is driver'} ${plan.driver}${warning}${filters}${where}`
}

/** The same as data. */
export function planData(files: readonly PlannedFile[]): Json {
  return files.map(({ file, servers }) => ({
    client: file.client.id,
    file: file.file.path,
    servers: servers.map(({ server, plan }) => ({
      server: server.name,
      list: server.list.path,
      kind: server.entry.kind,
      ...(plan.do === 'skip'
        ? { stays: plan.skipped.reason, why: plan.skipped.why }
        : { driver: plan.driver, isNew: plan.do === 'add' }),
    })),
  }))
}

/** What still reaches its server directly once the file leads here. */
export function remarksOnRest(files: readonly PlannedFile[]): readonly string[] {
  const secret = files.flatMap(({ servers }) =>
    servers.filter(({ plan }) => plan.do === 'skip' && plan.skipped.reason === 'needs-secret'),
  )
  if (secret.length === 0) return []
  return [
    `Held back, because what is signed is recorded for good: ${names(secret.map(({ server }) => server))}.`,
    'Give the secret in another way (a file that the server reads), or record it with --env-in-manifest.',
  ]
}

/** Names of servers, for a sentence. */
export function names(servers: readonly FoundServer[]): string {
  return [...new Set(servers.map(({ name }) => visible(name)))].join(', ')
}
