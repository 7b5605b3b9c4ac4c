/**
 * Rules about the shape of a file: its name, its length, the words it opens with, a doc comment on each
 * export. They keep a file one idea that a newcomer can find and read without asking anybody.
 */
import { basename } from 'node:path'
import type { Finding } from './finding.ts'
import { isTest, type Source } from './sources.ts'

const lineCeiling = 300
/** A test file is a list of sentences about one thing; it may be longer before it is two. */
const testLineCeiling = 600
const emptyNames = /^(?:utils?|helpers?|common|misc|shared|stuff)(?:\.|$)/

/** Names are kebab-case and say what is inside. */
export function breachesOfNames(path: string): readonly Finding[] {
  const at = { file: path, line: 0, rule: 'names' }
  const folders = path.split('/')
  if (folders.some((part) => emptyNames.test(part))) {
    return [{ ...at, message: 'a file or folder is named after what is in it, not after being useful' }]
  }
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.ts$/.test(basename(path))) {
    return [{ ...at, message: 'file names are kebab-case, after the main export' }]
  }
  return []
}

/** When a file outgrows this, a second idea has moved in. There is no list of exceptions. */
export function breachesOfLength(source: Source): readonly Finding[] {
  const count = source.lines.length - (source.text.endsWith('\n') ? 1 : 0)
  const ceiling = isTest(source.path) ? testLineCeiling : lineCeiling
  if (count <= ceiling) return []
  const message = `${count} lines; the ceiling is ${ceiling}: find the second idea and give it a file`
  return [{ file: source.path, line: ceiling + 1, rule: 'length', message }]
}

/** Every file says first what it is for and why it is so. */
export function breachesOfOpening(source: Source): readonly Finding[] {
  if (isTest(source.path)) return []
  const text = source.text.replace(/^#![^\n]*\n/, '')
  if (/^\/\*\*[^]*?\*\//.test(text)) return []
  const message = 'open the file with a doc comment: what it is for and why it is so'
  return [{ file: source.path, line: 1, rule: 'opening', message }]
}

const exported =
  /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:function\*?|const|let|class|interface|type)\s+(?<name>\w+)/

/** Every export says what it means, in which units, and how it fails. */
export function breachesOfExportDocs(source: Source): readonly Finding[] {
  if (isTest(source.path)) return []
  const code = source.code.split('\n')
  const documented = new Set<string>()
  return code.flatMap((line, index) => {
    const name = exported.exec(line)?.groups?.['name']
    if (name === undefined || documented.has(name)) return []
    documented.add(name)
    if (/\*\/\s*$/.test(source.lines[index - 1] ?? '')) return []
    const message = `${name} is exported without a doc comment right above it`
    return [{ file: source.path, line: index + 1, rule: 'export docs', message }]
  })
}
