import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { tomlFormat } from './toml-format.ts'
import { parseTomlServers } from './toml-tables.ts'

function serversIn(text: string): string {
  const read = parseTomlServers(text)
  assert.ok(read.ok, `${JSON.stringify(read)}\n${text}`)
  return canonicalJson(read.value.document['mcp_servers'] ?? {})
}

function problemOf(text: string): string {
  const read = parseTomlServers(text)
  assert.ok(!read.ok, text)
  return `${read.error.line}:${read.error.column} ${read.error.message}`
}

test('servers are read in every spelling that TOML has for a table', () => {
  const text = [
    'x = { mcp_servers = 1 }',
    '[mcp_servers]',
    '[ mcp_servers . "a b" ] # comment',
    `command = 'c:\\no' # 'x'`,
    'args = [ "one", # [mcp_servers.no]',
    ' """two\\',
    "    lines\"\"\", '''three''', ]",
    'env.KEY = "\\u0041\\t"',
    'env."other key" = "v"',
    'startup_timeout_sec = 1_0.5',
    'enabled = true',
    '[other]',
    'when = 1979-05-27 07:32:00Z',
    'mcp_servers = "no"',
    '[[list.of]]',
    'x = 0xFF',
    '[mcp_servers.b.env]',
    'A = "1"',
    '[mcp_servers.b]',
    'command = "b"',
  ].join('\r\n')
  assert.deepEqual(JSON.parse(serversIn(text)), {
    'a b': {
      command: 'c:\\no',
      args: ['one', 'twolines', 'three'],
      env: { KEY: 'A\t', 'other key': 'v' },
      startup_timeout_sec: 10.5,
      enabled: true,
    },
    b: { env: { A: '1' }, command: 'b' },
  })
})

test('what is not understood is refused with its place, and never guessed', () => {
  assert.match(problemOf('mcp_servers = { a = { command = "x" } }'), /^1:1 write servers as/)
  assert.match(problemOf('a = 1\nmcp_servers.a.command = "x"'), /^2:1 write servers as/)
  assert.match(problemOf('[mcp_servers]\na = { command = "x" }'), /^2:1 write servers as/)
  assert.match(problemOf('[[mcp_servers]]'), /cannot hold a list/)
  assert.match(problemOf('[mcp_servers.a]\n[mcp_servers.a]'), /^2:1 this table occurs twice/)
  assert.match(problemOf('[mcp_servers.a]\nx = 1\nx = 2'), /^3:1 this key occurs twice/)
  assert.match(problemOf('[mcp_servers.a]\nx = 1\n[mcp_servers.a.x]'), /^3:1 this key is taken/)
  assert.match(problemOf('[mcp_servers.a]\nx = 1979-05-27'), /^2:1 a server has no dates/)
  assert.match(problemOf('[a]\nx = "y'), /^2:5 this text does not end on its line/)
  assert.match(problemOf('[a]\nx = """y'), /^2:5 this text does not end/)
  assert.match(problemOf('[a]\nx = "\\q"'), /escape that does not exist/)
  assert.match(problemOf('[a\nx = 1'), /"\]" is expected/)
  assert.match(problemOf('x 1'), /"=" is expected/)
  assert.match(problemOf('x = 1 2'), /the line should end here/)
  assert.match(problemOf('x = nonsense'), /a value is expected/)
  assert.match(problemOf(`x = ${'['.repeat(50)}`), /nested more than 32 deep/)
})

const text = fc.string({
  maxLength: 8,
  unit: fc.constantFrom('a', '"', "'", '\\', '#', '[', ']', '=', 'é', ' '),
})
const value: fc.Arbitrary<Json> = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
)
const server = fc.dictionary(fc.constantFrom('command', 'args', 'env', 'x y', ''), value, { maxKeys: 4 })
const other = fc.constantFrom(
  '# a comment\n',
  '\n',
  '[a]\nx = """\n[mcp_servers.no]\n"""\n',
  '[[b]]\ny = [\n  "[mcp_servers.no]", # x\n]\n',
  "[c.'mcp_servers']\nz = '''\ncommand = 1\n'''\n",
)

test('every server that is written is read back, and a splice keeps every other line', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(text, server), { selector: ([name]) => name, maxLength: 4 }),
      fc.array(other, { minLength: 5, maxLength: 5 }),
      fc.array(fc.nat(3), { maxLength: 3 }),
      (servers, others, picks) => {
        fc.pre(!servers.some(([name]) => name === 'custos'))
        const blocks = servers.map(([name, entry]) => tomlFormat.snippet([], name, entry))
        const tops = others.filter((block) => !block.startsWith('['))
        const tables = others.filter((block) => block.startsWith('['))
        const distinct = [...new Set(tables)]
        const whole = [
          ...tops,
          ...blocks.flatMap((block, at) => [distinct[at] ?? '', block]),
          ...distinct.slice(blocks.length),
        ]
        const file = whole.join('')
        assert.equal(serversIn(file), canonicalJson(Object.fromEntries(servers)))
        const remove = new Set(picks.flatMap((pick) => servers[pick]?.[0] ?? []))
        const add: { readonly name: string; readonly entry: JsonObject } = {
          name: 'custos',
          entry: { command: 'x', env: { A: '"' } },
        }
        const edited = tomlFormat.edit(file, [], { remove, add })
        assert.ok(edited.ok, JSON.stringify(edited))
        const stay = servers.filter(([name]) => !remove.has(name))
        const blocksThatStay = stay.map(([name, entry]) => tomlFormat.snippet([], name, entry))
        for (const block of [...tops, ...distinct, ...blocksThatStay])
          assert.ok(edited.value.includes(block.trim()), `${block}\n---\n${edited.value}`)
        const before = tomlFormat.fragment(file, [])
        assert.ok(before.ok)
        const back = tomlFormat.replaceFragment(edited.value, [], before.value)
        assert.ok(back.ok)
        assert.equal(serversIn(back.value), serversIn(file))
      },
    ),
    { numRuns: 1000 },
  )
})

test('a text without servers gets a table at its end', () => {
  const change = { remove: new Set<string>(), add: { name: 'c', entry: { command: 'x' } } }
  assert.deepEqual(tomlFormat.edit('a = 1', [], change), {
    ok: true,
    value: 'a = 1\n\n[mcp_servers.c]\ncommand = "x"\n',
  })
  assert.deepEqual(tomlFormat.edit('', [], change), { ok: true, value: '[mcp_servers.c]\ncommand = "x"\n' })
})
