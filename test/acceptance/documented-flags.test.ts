/**
 * What a page shows is there: every `custos …` of every page, in a block or in a line, names a command that the CLI has,
 * with flags that this command takes. Whether it also works is shown where pages are executed.
 */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { commonFlags, flagsOf } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'ARCHITECTURE.md'].concat(
  readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
)
/** Explained by every command, and by the page about the command line. */
const general = new Set(['help', 'version', ...commonFlags.map(({ name }) => name)])
/** Not commands: what payloads of the ledger are bound to. */
const isOther = (words: string): boolean => /^(?:payload commitment|payload sealing|help\b)/u.test(words)

/** Every text on a page that begins with `custos` and stands as code. */
function shown(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```(?:sh|text)\n([^]*?)^```$/gmu)].map(([, body = '']) => body)
  const inline = [...page.matchAll(/`(custos [a-z][^`]*)`/gu)].map(([, code = '']) =>
    code.replaceAll(/\s+/gu, ' '),
  )
  const lines = [...blocks.flatMap((body) => body.replaceAll('\\\n', ' ').split('\n')), ...inline]
  return lines.flatMap((line) => /(?:^|npx |; |"\$\()custos ([a-z].*)/u.exec(line)?.[1] ?? [])
}

/** What of it the CLI does not know, or null. */
function unknownIn(words: string): string | null {
  const typed = words.split(/\s+/u)
  const named = [3, 2, 1].map((count) => typed.slice(0, count).join(' '))
  const command = named
    .map((name) => commands.find((one) => one.name === name))
    .find((one) => one !== undefined)
  if (command === undefined) return `no command: custos ${words}`
  const known = new Set([...general, ...flagsOf(command).map(({ name }) => name)])
  const [own = ''] = words.split(' -- ')
  const flags = [...own.matchAll(/\s--(?<name>[a-z][a-z-]*)/gu)].map(({ groups }) => groups?.['name'] ?? '')
  const odd = flags.find((name) => !known.has(name))
  return odd === undefined ? null : `no flag --${odd}: custos ${words}`
}

test('every command and flag that a page shows is there', () => {
  const all = pages.flatMap((name) =>
    shown(readFileSync(join(root, name), 'utf8')).map((words) => ({ name, words })),
  )
  assert.ok(all.length > 100, `${all.length} commands are shown`)
  const wrong = all
    .filter(({ words }) => !isOther(words))
    .flatMap(({ name, words }) => {
      const problem = unknownIn(words)
      return problem === null ? [] : [`${name}: ${problem}`]
    })
  assert.deepEqual(wrong, [])
})

test('a command and a flag that are not there are found', () => {
  const page = '```sh\nnpx custos conjure x\nnpx custos halt --softly\n```\nand `custos caps`.'
  assert.deepEqual(shown(page).map(unknownIn), [
    'no command: custos conjure x',
    'no flag --softly: custos halt --softly',
    null,
  ])
})
