/**
 * What a use of a driver's selectors takes beside a capability for it, as an operator sets it: a cost, which is
 * paid from a budget, and a quorum of grants. A driver's own words never say either.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { limits } from '../kernel/limits.ts'
import type { PinnedSelector } from '../kernel/manifest.ts'
import type { FlagSpec } from './arguments.ts'
import { selectorName } from './constraint-syntax.ts'

/** `TOOL=N` words, as typed. */
export interface Prices {
  readonly costs: readonly string[]
  readonly quorums: readonly string[]
}

/** The flags that `Prices` come from. */
export const priceFlags: readonly FlagSpec[] = [
  {
    name: 'cost',
    value: 'TOOL=N',
    repeat: true,
    about: 'what one use costs, paid from budgets; 0 for nothing',
  },
  {
    name: 'quorum',
    value: 'TOOL=K',
    repeat: true,
    about: 'every use takes grants of K operators; 1 for one',
  },
]

/** Sets costs and quorums; what is not named keeps its own. */
export function withPrices(
  pins: readonly PinnedSelector[],
  { costs, quorums }: Prices,
): Result<readonly PinnedSelector[], string> {
  const priced = new Map(pins.map((pin) => [pin.selector, pin]))
  for (const [name, words] of [
    ['cost', costs],
    ['quorum', quorums],
  ] as const) {
    for (const word of words) {
      const wrong = setPrice(priced, name, word)
      if (wrong !== null) return err(wrong)
    }
  }
  return ok([...priced.values()])
}

/** What of an earlier pin an operator decided, and a changed definition does not undo. */
export function pricesOf({ cost, quorum }: PinnedSelector): Pick<PinnedSelector, 'cost' | 'quorum'> {
  return { ...(cost === undefined ? {} : { cost }), ...(quorum === undefined ? {} : { quorum }) }
}

/** The same in words, or nothing. */
export function showPrices({ cost, quorum }: PinnedSelector): string {
  const needs = quorum === undefined ? '' : `  needs grants of ${quorum} operators`
  return `${cost === undefined ? '' : `  costs ${cost}`}${needs}`
}

function setPrice(pins: Map<string, PinnedSelector>, name: 'cost' | 'quorum', word: string): string | null {
  const equals = word.lastIndexOf('=')
  const text = word.slice(equals + 1)
  const count = /^\d{1,15}$/u.test(text) ? Number(text) : -1
  if (equals < 1 || count < 0) return `--${name} ${word} is not TOOL=NUMBER`
  const selector = selectorName(word.slice(0, equals))
  const pin = pins.get(selector)
  if (pin === undefined) return `${selector} is not among the driver’s selectors`
  if (name === 'quorum' && (count < 1 || count > limits.quorum))
    return `a quorum is from 1 to ${limits.quorum}`
  const { [name]: _, ...rest } = pin
  const isNone = count === (name === 'cost' ? 0 : 1)
  pins.set(selector, isNone ? rest : { ...rest, [name]: count })
  return null
}
