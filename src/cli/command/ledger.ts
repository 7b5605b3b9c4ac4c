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
import { openLedgerFolder, orDamaged } from '../ledger-folder.ts'
import { offlineFlag, openForReading } from '../recorded-reading.ts'
import { parseCount, parseId } from '../lookup.ts'
import { learnNames } from '../names.ts'
import type { Names } from '../names.ts'
import { namesUpTo } from '../names-of.ts'
import { positionNamed, tailFrom } from '../tail-from.ts'
import { eventJson } from '../why-rendering.ts'

/** Shows the last events, and with -f those to come. */
export const ledgerTailCommand: Command = {
  name: 'ledger tail',
  synopsis: '[-f] [-n COUNT | --from POSITION]',
  summary: 'show the last events; with -f those to come as well',
  details: [
    'With --json and --from every line has the position after it: keep it together with what you made of the',
    'event, and go on from it to have every event exactly once. The first time it is: --from start.',
    'A position of another history is refused, exit code 4.',
  ],
  flags: [
    { name: 'follow', short: 'f', about: 'keep going until Ctrl-C' },
    { name: 'lines', short: 'n', value: 'COUNT', about: 'how many (default 20)' },
    { name: 'from', value: 'POSITION', about: 'all events after this position, or from the "start"' },
  ],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { args, out, paths } = context
    const from = valueOf(args, 'from')
    const count = parseCount(valueOf(args, 'lines') ?? '20')
    const folder = openLedgerFolder(paths)
    if (from !== null) return tailFrom(context, folder, positionNamed(from))
    const last = orDamaged(folder.index.newest({}, count)).toReversed()
    const names = namesUpTo(folder, folder.index.end)
    for (const seq of last) {
      const event = folder.event(seq)
      if (event !== null) out.result(eventJson(event), [showEventLine(event, names)])
    }
    if (args.switches.has('follow')) await followFrom(context, folder, names, folder.index.end)
    return exitCodes.done
  },
}

async function followFrom({ out }: Context, folder: LedgerFolder, names: Names, seq: number): Promise<void> {
  for await (const found of follow(folder.reader, seq + 1)) {
    for (const { event } of orDamaged(found).records) {
      if (event.seq <= seq) continue
      learnNames(names, event)
      out.result(eventJson(event), [showEventLine(event, names)])
    }
  }
}

/** Shows one event in full. */
export const ledgerShowCommand: Command = {
  name: 'ledger show',
  synopsis: 'SEQ [--offline]',
  summary: 'show one event in full, its payload too when the key is here',
  details: ['Who reads a payload is recorded before it is opened.'],
  flags: [offlineFlag],
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const { args, out, paths } = context
    const seq = parseId(args.positionals[0] ?? '', 'a position in the ledger')
    const sealed = openLedgerFolder(paths)
    const event = sealed.event(seq)
    if (event === null) throw usageFailure(`the ledger has no event ${seq}`, 'see: custos ledger tail')
    const payload = event.payload === null ? null : await payloadOf(context, seq)
    out.result({ event: eventJson(event), payload }, showInFull(event, namesUpTo(sealed, seq), payload))
    return exitCodes.done
  },
}

async function payloadOf(context: Context, seq: number): Promise<string | null> {
  const folder = await openForReading(context, `ledger show ${seq}`, { from: seq, to: seq })
  const event = folder.event(seq)
  const bytes = event === null ? null : folder.payload(event)
  return bytes === null ? null : Buffer.from(bytes).toString('utf8')
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
