/**
 * From the name of a preset to the selectors and terms of a grant. Only what the driver has pinned is granted;
 * everything that is left away is said, so that nobody takes the name for more than it gives.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { ArgumentTerm, ArgumentTerms, Constraint, Where } from '../../kernel/capability/terms.ts'
import { parseWhere } from '../constraint-syntax.ts'
import { presetsFor } from './catalogue.ts'
import type { PresetLines, ServerPresets } from './preset.ts'
import { rootPlaceholder } from './preset.ts'

/** What a preset gives on one driver. */
export interface PresetGrant {
  readonly title: string
  readonly selectors: readonly string[]
  readonly where: Where
  /** What is not granted, and why, one sentence each. Not escaped. */
  readonly remarks: readonly string[]
}

/** The names of the presets that fit these pinned selectors, with what each gives. */
export function presetChoices(
  pinned: readonly string[],
): readonly { readonly name: string; readonly about: string }[] {
  return presetsFor(pinned).flatMap((presets) =>
    namesOf(presets).map((name) => {
      const lines = Object.entries(linesOf(presets, name)).filter(([selector]) => pinned.includes(selector))
      const rooted = lines.some(([, terms]) => terms.some(needsRoot))
      const about = `${lines.length} of the driver’s ${pinned.length} selectors${rooted ? ', confined by --root DIR' : ''}`
      return { name: `${presets.server}/${name}`, about }
    }),
  )
}

function namesOf({ readWrite }: ServerPresets): readonly string[] {
  return readWrite === undefined ? ['read-only'] : ['read-only', 'read-write']
}

function linesOf({ readOnly, readWrite }: ServerPresets, name: string): PresetLines {
  return name === 'read-write' ? { ...readOnly, ...readWrite } : readOnly
}

function isRooted(lines: PresetLines): boolean {
  return Object.values(lines).some((terms) => terms.some(needsRoot))
}

function needsRoot(line: string): boolean {
  return line.endsWith(`within ${rootPlaceholder}`)
}

/**
 * The grant that preset `word` means on a driver: `read-only`, `read-write`, or with the server's name and a
 * slash in front where more than one would fit. `root` is a canonical path or null.
 */
export function presetGrant(
  word: string,
  pinned: readonly string[],
  root: string | null,
): Result<PresetGrant, string> {
  const wanted = presetsFor(pinned).flatMap((presets) =>
    namesOf(presets).flatMap((name) =>
      word === name || word === `${presets.server}/${name}` ? [{ presets, name }] : [],
    ),
  )
  const [only, another] = wanted
  if (only === undefined) {
    const names = presetChoices(pinned).map(({ name }) => name)
    return err(
      names.length === 0
        ? 'no preset is known for this driver'
        : `this driver has no preset "${word}"; there are: ${names.join(', ')}`,
    )
  }
  if (another !== undefined) return err(`"${word}" could be of more than one server: name it SERVER/${word}`)
  return grantOf(only.presets, only.name, pinned, root)
}

function grantOf(
  presets: ServerPresets,
  name: string,
  pinned: readonly string[],
  root: string | null,
): Result<PresetGrant, string> {
  const where: { [selector: string]: ArgumentTerms } = {}
  const remarks: string[] = []
  const lines = linesOf(presets, name)
  const title = `${presets.server}/${name}`
  const rooted = isRooted(lines)
  if (root !== null && !rooted) return err(`the preset ${title} confines nothing to a folder`)
  // Where even reading is confined to a folder, that folder is the point of the preset.
  if (root === null && isRooted(presets.readOnly)) return err(`the preset ${title} needs --root DIR`)
  for (const [selector, terms] of Object.entries(lines)) {
    if (!pinned.includes(selector)) remarks.push(`${selector} is not granted: the driver does not offer it`)
    else if (root === null && terms.some(needsRoot))
      remarks.push(`${selector} is not granted: it needs --root DIR`)
    else where[selector] = termsOf(terms, root ?? rootPlaceholder)
  }
  for (const selector of pinned) {
    if (Object.hasOwn(lines, selector)) continue
    const why = presets.leftOut[selector]
    remarks.push(
      `${selector} is not granted: ${why ?? (isWriting(presets, selector) ? 'it writes' : 'no preset knows it')}`,
    )
  }
  return ok({ title, selectors: Object.keys(where), where, remarks })
}

function isWriting({ readWrite = {} }: ServerPresets, selector: string): boolean {
  return Object.hasOwn(readWrite, selector)
}

function termsOf(lines: readonly string[], root: string): ArgumentTerms {
  const named: { [name: string]: ArgumentTerm } = {}
  for (const line of lines) {
    const parsed = parseWhere(line)
    if (!parsed.ok) throw new Error(`a preset is not well written: ${parsed.error}`)
    const { argument, term } = parsed.value
    named[argument] = { ...term, constraint: rootedAt(term.constraint, root) }
  }
  return { arguments: named }
}

function rootedAt(constraint: Constraint, root: string): Constraint {
  if ('every' in constraint) return { every: rootedAt(constraint.every, root) }
  return 'within' in constraint && constraint.within === rootPlaceholder ? { within: root } : constraint
}
