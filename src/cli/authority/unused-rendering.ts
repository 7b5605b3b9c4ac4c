/**
 * What was never used, in words and as JSON. Each line can be acted upon: it names the capability, and what would
 * be left of it.
 */
import { showConstraint } from '../constraint-syntax.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import type { Names } from '../names.ts'
import { showObject, showProcess } from '../names.ts'
import type { UnusedRight } from './unused-terms.ts'
import type { UnusedFinding, UnusedReport } from './unused.ts'

/** The report as lines, safe to print. */
export function showUnused({ findings, capabilities, usage }: UnusedReport): readonly string[] {
  const { names } = usage.history
  if (findings.length === 0) return [`Everything that is granted was used: ${capabilities} capabilities.`]
  return [
    ...findings.flatMap((finding) => showFinding(finding, names)),
    `${findings.length} of ${capabilities} living capabilities hold rights that were never used.`,
  ]
}

function showFinding(finding: UnusedFinding, names: Names): readonly string[] {
  const { level, madeSeq, madeAt, isYoung, isWhole, uses, usesEver, terms } = finding
  const young = isYoung ? ', younger than the time asked about' : ''
  const used = isWhole
    ? `never used${usesEver === 0 ? '' : ` since then, ${usesEver} times before`}`
    : `used ${uses} times`
  return [
    `c${level.capability}  ${showProcess(names, level.holder)} → ${showObject(names, level.object)}, ` +
      `#${madeSeq} ${showInstant(madeAt)}: ${used}${young}`,
    ...(isWhole ? [] : terms.rights.map((right) => `     ${showRight(right)}`)),
    ...terms.unknown.map(
      ({ selector, why }) => `     unknown: arguments of ${visible(selector)}: ${visible(why)}`,
    ),
  ]
}

function showRight(right: UnusedRight): string {
  const selector = visible(right.selector)
  switch (right.what) {
    case 'selector':
      return `${selector} was never asked for`
    case 'argument':
      return `${selector}: ${visible(right.argument)} was never given`
    case 'range':
      return (
        `${selector}: ${visible(right.argument)} may be ${visible(showConstraint(right.granted))}, ` +
        `was only ${visible(showConstraint(right.used))}`
      )
    case 'open':
      return `${selector}: any argument may be given, and ${
        right.used.length === 0 ? 'none was' : `only ${right.used.map(visible).join(', ')} were`
      }`
  }
}

/** The report as a JSON value for `--json`. */
export function unusedJson({ findings, capabilities, usage }: UnusedReport): unknown {
  const { names } = usage.history
  return {
    capabilities,
    findings: findings.map(({ level, terms, ...finding }) => ({
      capability: level.capability,
      holder: level.holder,
      holderName: showProcess(names, level.holder),
      object: level.object,
      objectName: showObject(names, level.object),
      ...finding,
      ...terms,
    })),
  }
}
