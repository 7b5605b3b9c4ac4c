/**
 * Commands that are recommended to somebody who works in another domain than `main`: what is typed as it stands has to
 * be about that domain. Only for words of our own, and never for what is signed or what others said.
 */
import { mainDomain } from '../wire/socket-folder.ts'

/** The commands that concern the whole home: first words, or whole names. */
const homeWide: ReadonlySet<string> = new Set([
  ...'start up down ps domain operator halt resume canon upgrade doctor witness version help'.split(' '),
  'ledger escrow open',
  'ledger escrow show',
])
const second =
  'accept-loss|accept|add|archive|backup|checkpoint|commit|config|confirm|decline|diff|drop|erase|export|find|freeze|' +
  'list|login|mirror|place|prove|rebuild|release|remove|replay|restore|rotate|snapshot|status|witness'
const commands = new RegExp(
  `\\bcustos ([a-z]+)((?: (?:${second}|show|start|tail|thaw|trust|verify|weigh|(?<=projection )o(?:n|ff)|` +
    `escrow (?:create|list|open|show))\\b)?)(?![a-z])`,
  'gu',
)

/** `advice` with `--domain` put into each command in it that takes it. */
export function adviceIn(domain: string, advice: string): string {
  if (domain === mainDomain) return advice
  return advice.replaceAll(commands, (found: string, first: string, more: string, at: number) => {
    const rest = advice.slice(at + found.length).split('custos ')[0] ?? ''
    return homeWide.has(first) || homeWide.has(first + more) || rest.includes('--domain')
      ? found
      : `${found} --domain ${domain}`
  })
}
