/**
 * Checks that every relative link in a Markdown page leads to a file that exists and, with a fragment, to
 * a heading that exists. Links to the web are not followed: a test must not need the network.
 */
import { posix } from 'node:path'
import type { Finding } from './finding.ts'

/** The pages and other files a link may lead to. `textOf` returns null for what does not exist. */
export interface Shelf {
  exists(path: string): boolean
  textOf(path: string): string | null
}

const link = /!?\[(?:[^\]\\]|\\.)*\]\((?<target>[^()\s]+(?:\([^()\s]*\))?)(?:\s+"[^"]*")?\)/g
const definition = /^\[[^\]]+\]:\s*(?<target>\S+)/gm

/** Links of `path` that lead nowhere. */
export function brokenLinks(path: string, text: string, shelf: Shelf): readonly Finding[] {
  const prose = withoutCode(text)
  return [...prose.matchAll(link), ...prose.matchAll(definition)].flatMap((match) => {
    const target = match.groups?.['target'] ?? ''
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return []
    const why = problemWith(target, path, shelf)
    if (why === null) return []
    const line = prose.slice(0, match.index).split('\n').length
    return [{ file: path, line, rule: 'links', message: `${target} ${why}` }]
  })
}

function problemWith(target: string, from: string, shelf: Shelf): string | null {
  const [file = '', fragment] = target.split('#')
  const path =
    file === '' ? from : posix.join(posix.dirname(from), decodeURIComponent(file)).replace(/\/$/, '')
  if (path.startsWith('..') || posix.isAbsolute(path)) return 'leads out of the repository'
  if (!shelf.exists(path)) return 'does not exist'
  if (fragment === undefined || !path.endsWith('.md')) return null
  return headingAnchors(shelf.textOf(path) ?? '').has(fragment) ? null : `has no such heading in ${path}`
}

/** Replaces code by spaces, line by line, so that positions stay. */
function withoutCode(text: string): string {
  return text
    .replace(/^(`{3,}|~{3,})[^]*?^\1/gm, (block) => block.replace(/[^\n]/g, ' '))
    .replace(/`[^`\n]*`/g, (span) => ' '.repeat(span.length))
}

/** The anchors that a page's headings get on the usual hosts. */
export function headingAnchors(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  const seen = new Map<string, number>()
  for (const match of text.replace(/^(`{3,}|~{3,})[^]*?^\1/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const slug = (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-')
    const count = seen.get(slug) ?? 0
    seen.set(slug, count + 1)
    anchors.add(count === 0 ? slug : `${slug}-${count}`)
  }
  return anchors
}
