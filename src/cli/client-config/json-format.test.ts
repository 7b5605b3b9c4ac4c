import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { JsonObject } from '../../base/json.ts'
import { jsonDialects, jsonFormat } from './json-format.ts'

const format = jsonFormat(jsonDialects.lenient)
const entry = { command: 'custos', args: ['mcp'] }
const path = ['outer', 'servers']

/** Blanks, line ends and comments between tokens; each comment is unlike any other text. */
const gap = fc
  .array(fc.constantFrom(' ', '\n', '\n  ', '\t', '/* note */', '// note\n'), { maxLength: 3 })
  .map((parts) => parts.join(''))

interface Piece {
  readonly name: string
  readonly value: JsonObject
  readonly gaps: readonly string[]
}

const piece: fc.Arbitrary<Piece> = fc.record({
  name: fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }),
  value: fc.dictionary(fc.constantFrom('command', 'x y', 'env'), fc.constantFrom('1', '//', '/*', '"', ',}')),
  gaps: fc.array(gap, { minLength: 4, maxLength: 4 }),
})

function written({ name, value, gaps }: Piece): string {
  const [a = '', b = '', c = '', d = ''] = gaps
  return `${a}${JSON.stringify(name)}${b}:${c}${JSON.stringify(value)}${d}`
}

test('a splice changes the named servers, keeps every other byte outside the list, and can be taken back', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(piece, { selector: ({ name }) => name, maxLength: 5 }),
      fc.array(fc.nat(4), { maxLength: 4 }),
      fc.boolean(),
      fc.boolean(),
      gap,
      (pieces, picks, isAdding, isTrailing, around) => {
        const names = pieces.map(({ name }) => name)
        fc.pre(!names.includes('custos'))
        const remove = new Set(picks.flatMap((pick) => names[pick] ?? []))
        const body = pieces.map(written).join(',') + (isTrailing && pieces.length > 0 ? ',' : '')
        const head = `${around}{${around}"first"${around}: [1],"outer": {"servers":`
        const tail = `${around}, "last": {"servers": {}}}${around}}${around}`
        const text = `${head}{${body}${around}}${tail}`
        const add = isAdding ? { name: 'custos', entry } : null
        const edited = format.edit(text, path, { remove, add })
        assert.ok(edited.ok, `${JSON.stringify(edited)}\n${text}`)
        assert.ok(edited.value.startsWith(head) && edited.value.endsWith(tail), edited.value)
        const count = (where: string): number => where.split('note').length
        const inside = pieces
          .filter(({ name }) => remove.has(name))
          .reduce((sum, { gaps }) => sum + count(`${gaps[1]}${gaps[2]}`) - 1, 0)
        assert.equal(count(edited.value), count(text) - inside, 'comments between servers stay')
        const before = format.fragment(text, path)
        assert.ok(before.ok)
        assert.deepEqual(format.replaceFragment(edited.value, path, before.value), { ok: true, value: text })
      },
    ),
    { numRuns: 2000 },
  )
})

test('an entry is indented like those around it, and a removed line leaves no blank one', () => {
  const text = '{\n    "servers": {\n        // keep\n        "a": {},\n        "b": {}\n    }\n}\n'
  const edited = format.edit(text, ['servers'], { remove: new Set(['a', 'b']), add: { name: 'c', entry } })
  assert.deepEqual(edited, {
    ok: true,
    value:
      '{\n    "servers": {\n        // keep\n        "c": {\n            "command": "custos",\n            "args": ["mcp"]\n        }\n    }\n}\n',
  })
})

test('a list that is no object, is missing or is unreadable is refused', () => {
  const change = { remove: new Set<string>(), add: null }
  assert.deepEqual(format.edit('{"servers": []}', ['servers'], change), {
    ok: false,
    error: 'servers is not an object',
  })
  assert.ok(!format.edit('{}', ['servers'], change).ok)
  assert.ok(!format.edit('{', ['servers'], change).ok)
  assert.ok(!format.read('[]').ok)
})

test('a snippet is JSON for a person to paste', () => {
  assert.equal(format.snippet(['a', 'b'], 'custos', {}, { z: 1 }), '{"z":1,"a":{"b":{"custos":{}}}}')
  assert.equal(format.snippet([], 'custos', { x: 1 }), '"custos": { "x": 1 }')
})
