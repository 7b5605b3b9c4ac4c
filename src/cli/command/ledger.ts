/**
 * `custos ledger tail|show`: events as they stand in the ledger, in words or as JSON.
 */
import type { Event } from '../../kernel/event.ts'
import { follow } from '../../ledger/follow.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { visible, visibleJson } from '../escape.ts'
import { showEventLine } from '../event-rendering.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import type { LedgerFolder } from '../ledger-folder.ts'
import { damaged, openLedgerFolder } from '../ledger-folder.ts'
import { parseId } from '../lookup.ts'
import { learnNames, noNames } from '../names.ts'
import type { Names } from '../names.ts'
import { eventJson } from '../why-rendering.ts'

/** Shows the last events, and with -f those to come. */
export const ledgerTailCommand: Command = {
  name: 'ledger tail',
  synopsis: '[-f] [-n COUNT]',
  summary: 'show the last events; with -f those to come as well',
  details: [],
  flags: [
    { name: 'follow', short: 'f', about: 'keep going until Ctrl-C' },
    { name: 'lines', short: 'n', value: 'COUNT', about: 'how many (default 20)' },
  ],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { args, out, paths } = context
    const count = parseCount(valueOf(args, 'lines') ?? '20')
    const folder = openLedgerFolder(paths)
    const names = noNames()
    let last: Event[] = []
    let seq = 0
    for (const event of folder.events()) {
      learnNames(names, event)
      last.push(event)
      if (last.length > 2 * count + 64) last = last.slice(-count)
      seq = event.seq
    }
    for (const event of count === 0 ? [] : last.slice(-count))
      out.result(eventJson(event), [showEventLine(event, names)])
    if (args.switches.has('follow')) await followFrom(context, folder, names, seq)
    return exitCodes.done
  },
}

async function followFrom({ out }: Context, folder: LedgerFolder, names: Names, seq: number): Promise<void> {
  for await (const batch of follow(folder.reader, seq + 1)) {
    if (!batch.ok) throw damaged(batch.error)
    for (const { event } of batch.value.records) {
      if (event.seq <= seq) continue
      learnNames(names, event)
      out.result(eventJson(event), [showEventLine(event, names)])
    }
  }
}

function parseCount(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw usageFailure(`"${visible(text)}" is not a number of events`)
  return Number(text)
}

/** Shows one event in full. */
export const ledgerShowCommand: Command = {
  name: 'ledger show',
  synopsis: 'SEQ',
  summary: 'show one event in full, its payload too when the key is here',
  details: [],
  flags: [],
  positionals: { fewest: 1, most: 1 },
  run({ args, out, paths }) {
    const seq = parseId(args.positionals[0] ?? '', 'a position in the ledger')
    const folder = openLedgerFolder(paths)
    const names = noNames()
    for (const event of folder.events()) {
      learnNames(names, event)
      if (event.seq !== seq) continue
      const bytes = folder.payload(event)
      const payload = bytes === null ? null : Buffer.from(bytes).toString('utf8')
      out.result({ event: eventJson(event), payload }, showInFull(event, names, payload))
      return Promise.resolve(exitCodes.done)
    }
    throw usageFailure(`the ledger has no event ${seq}`, 'see: custos ledger tail')
  },
}

function showInFull(event: Event, names: Names, payload: string | null): readonly string[] {
  const { body, ...envelope } = event
  return [
    showEventLine(event, names),
    ...Object.entries(envelope).map(
      ([name, value]) =>
        `  ${name.padEnd(10)} ${name === 'payload' ? showPayload(event) : visibleJson(value)}`,
    ),
    ...Object.entries(body).map(([name, value]) => `  body.${visible(name)} ${visibleJson(value)}`),
    ...(payload === null ? [] : [`  opened     ${visible(payload)}`]),
  ]
}

function showPayload({ payload }: Event): string {
  return payload === null ? 'none' : `${payload.length} bytes, commitment ${payload.commitment}`
}
