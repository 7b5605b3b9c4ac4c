/**
 * `custos export`: takes back what `custos import --apply` did to a client's file, and nothing else. The
 * drivers stay; nothing is signed.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ClientConfig } from '../client-config/client-config.ts'
import { clientIds, clientNamed } from '../client-config/clients.ts'
import { takeBack } from '../client-config/import-change.ts'
import type { ImportRecord } from '../client-config/import-record.ts'
import { readRecords } from '../client-config/import-record.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import type { ExitCode } from '../exit.ts'
import { CommandFailure, damagedFailure, exitCodes, usageFailure } from '../exit.ts'

/** Gives clients their own servers back. */
export const exportCommand: Command = {
  name: 'export',
  synopsis: '[CLIENT|FILE]… [--all] [--force] [--dry-run]',
  summary: 'undo an import: give a client its own servers back',
  details: [
    'A file that was not touched since becomes byte for byte what it was. Otherwise only the servers are put',
    'back; if they were edited since, the difference is shown and --force puts them back all the same.',
    'The drivers stay: custos driver remove NAME removes one.',
  ],
  flags: [
    { name: 'all', about: 'every file that an import changed' },
    { name: 'force', about: 'put the servers back even if they were edited since' },
    { name: 'dry-run', about: 'show what would be done' },
  ],
  positionals: { fewest: 0, most: null },
  run: (context) => Promise.resolve(run(context)),
}

function run(context: Context): ExitCode {
  const { args, out, paths } = context
  const changed = readRecords(paths.home).filter(({ change }) => change !== null)
  if (args.positionals.length === 0 && !args.switches.has('all')) {
    out.result(
      changed.map(({ client, file }) => ({ client, file })),
      changed.length === 0
        ? ['No client was pointed here by an import.']
        : [
            ...changed.map(({ client, file }) => `${client}  ${visible(file)}`),
            'To undo one: custos export FILE',
          ],
    )
    return exitCodes.done
  }
  // The latest first: a file that was imported twice is taken back in two steps.
  for (const record of chosen(args.switches.has('all') ? null : args.positionals, changed).toReversed())
    undo(context, record)
  return exitCodes.done
}

function chosen(words: readonly string[] | null, changed: readonly ImportRecord[]): readonly ImportRecord[] {
  if (words === null) return changed
  for (const word of words) {
    if (changed.some((record) => isMeant(record, word))) continue
    throw usageFailure(`no import changed "${visible(word)}"`, `name a file, or one of: ${clientIds}`)
  }
  return changed.filter((record) => words.some((word) => isMeant(record, word)))
}

function isMeant({ client, file }: ImportRecord, word: string): boolean {
  return client === word || file === resolve(word)
}

function undo({ args, out, paths }: Context, record: ImportRecord): void {
  const { file, change } = record
  const client = clientFor(record)
  if (!existsSync(file))
    throw usageFailure(`${file} is not there any more`, `the original is ${change?.backup ?? 'lost'}`)
  const dryRun = args.switches.has('dry-run')
  const taken = takeBack(paths.home, record, client, { force: args.switches.has('force'), dryRun })
  if (!taken.ok)
    throw new CommandFailure(
      exitCodes.usage,
      [`${file} cannot be given back:`, ...taken.error].join('\n'),
      `nothing was changed; --force puts the servers back all the same, and the original is ${change?.backup ?? 'lost'}`,
    )
  const would = dryRun ? 'would be' : 'is'
  const how =
    taken.value === 'restored'
      ? 'what it was before the import'
      : 'as it was in its servers; other changes are kept'
  out.result({ client: record.client, file, how: taken.value, dryRun }, [`${visible(file)} ${would} ${how}.`])
}

function clientFor({ client, file }: ImportRecord): ClientConfig {
  const known = clientNamed(client)
  if (known !== null) return known
  throw damagedFailure(
    `the import record of ${file} names the client "${visible(client)}", which is not known here`,
  )
}
