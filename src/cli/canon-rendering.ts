/** The canon in words: what it says, who may amend it, what happened to it, and the orders about it and the code. */
import type { CanonAction } from '../kernel/canon/action.ts'
import type { CanonDocument, Keyholder } from '../kernel/canon/document.ts'
import { digestOf } from '../kernel/canon/document.ts'
import { sentenceOf } from '../kernel/canon/evaluate.ts'
import type { EventOf } from '../kernel/event.ts'
import { showInstant } from './duration.ts'
import { visible } from './escape.ts'

/** What happened, in one sentence. */
export function showCanonEvent(
  event: EventOf<'canon.amended' | 'canon.acknowledged' | 'code.accepted'>,
): string {
  const digest = event.body.digest.slice(0, 16)
  switch (event.kind) {
    case 'canon.amended': {
      const signers = new Set(event.body.signatures.map(({ publicKey }) => publicKey)).size
      return `the canon is version ${event.body.version} now, ${digest}…, signed by ${signers} keyholders`
    }
    case 'canon.acknowledged':
      return `the canon here is version ${event.body.version} now, ${digest}…, as the sovereign says`
    case 'code.accepted':
      return `the code with the manifest ${digest}… may run here`
  }
}

/** An order in words, one fact a line. */
export function showCanonAction(action: CanonAction): readonly string[] {
  if (action.do === 'code.accept') return ['accept other code for this home', `  manifest ${action.digest}`]
  return [
    `put version ${action.canon.version} of the canon in force`,
    ...showCanon(action.canon).map((line) => `  ${line}`),
    `  with the signatures of ${action.signatures.map(({ publicKey }) => visible(publicKey)).join(', ')}`,
  ]
}

/** A whole canon, one fact a line. */
export function showCanon(canon: CanonDocument): readonly string[] {
  return [
    `canon version ${canon.version}, digest ${digestOf(canon)}`,
    ...(canon.previous === null ? [] : [`amends ${canon.previous}`]),
    ...canon.articles.flatMap(({ name, text }, index) => [
      '',
      `${index + 1}. ${visible(name)}`,
      ...wrapped(text),
    ]),
    '',
    'rules',
    ...canon.rules.map((rule) => `  ${rule.rule} (${visible(rule.article)}): ${visible(sentenceOf(rule))}`),
    '',
    ...showKeyholders(canon),
  ]
}

function showKeyholders({ keyholders, threshold }: CanonDocument): readonly string[] {
  if (keyholders.length === 0)
    return ['amended by its founder, the first sovereign operator, together with the keyholders to come']
  return [`amended by ${threshold} of`, ...keyholders.map((holder) => `  ${showKeyholder(holder)}`)]
}

/** A keyholder in one line. */
export function showKeyholder({ name, publicKey, expiresAt }: Keyholder): string {
  const until = expiresAt === undefined ? '' : `, until ${showInstant(expiresAt)}`
  return `${visible(name)}  ${visible(publicKey)}${until}`
}

function wrapped(text: string): readonly string[] {
  const lines: string[] = ['']
  for (const word of visible(text).split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + word.length > 90) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines.map((line) => `   ${line}`)
}
