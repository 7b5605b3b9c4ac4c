/**
 * The size of what must be trusted, as a ratchet: lines of code (no blank lines, no comments, no tests) of
 * the pure part and of the whole trusted core, each against the ceiling recorded in `size.json`. Growing
 * the core is a decision; the ceiling is raised by hand, in the commit that needs it, with a sentence why.
 */
import { trustedCore } from './layers.ts'
import type { Finding } from './finding.ts'
import { isTest, layerOf, type Source } from './sources.ts'

/** Lines of code of each measured part. */
export interface Sizes {
  /** `base` and `kernel`: what decides. */
  readonly pure: number
  /** The whole trusted core. */
  readonly trusted: number
}

/** How far a ceiling may stand above the size, in lines: enough to work in, too little to hide in. */
export const slack: Sizes = { pure: 300, trusted: 800 }

/** Lines that hold code. */
export function linesOfCode(source: Source): number {
  return source.code.split('\n').filter((line) => line.trim() !== '').length
}

/** Measures the sources. */
export function measure(sources: readonly Source[]): Sizes {
  const sum = (folders: readonly string[]): number =>
    sources
      .filter(({ path }) => !isTest(path) && folders.includes(layerOf(path) ?? ''))
      .reduce((total, source) => total + linesOfCode(source), 0)
  return { pure: sum(['base', 'kernel']), trusted: sum(trustedCore) }
}

/** Breaches of the ceilings, upwards and downwards: a ratchet that is never pulled tight holds nothing. */
export function breachesOfSize(sizes: Sizes, ceilings: Sizes): readonly Finding[] {
  const at = { file: 'test/tidy/size.json', line: 0, rule: 'size' }
  return (['pure', 'trusted'] as const).flatMap((part) => {
    const [size, ceiling] = [sizes[part], ceilings[part]]
    if (size > ceiling) {
      const how = 'make it smaller, or raise the ceiling there and say why in the same commit'
      return [{ ...at, message: `${part} has ${size} lines of code, the ceiling is ${ceiling}: ${how}` }]
    }
    if (ceiling - size > slack[part]) {
      const message = `${part} has ${size} lines of code, far below its ceiling of ${ceiling}: lower it to ${size + slack[part]} or less`
      return [{ ...at, message }]
    }
    return []
  })
}
