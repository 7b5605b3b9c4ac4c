/** What others write is read as the standard says, also where the engine's own parser mistakes one name for another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapedNameTexts } from '../../test/harness/escaped-names.ts'
import { parseForeignJson } from './foreign-json.ts'

test('a name with an escape is the name that was written', () => {
  const isRead = (text: string, names: readonly string[]): boolean =>
    Object.keys(parseForeignJson(text) as object).join(' ') === names.join(' ')
  for (const { text, names } of escapedNameTexts()) assert.ok(isRead(text, names), text)
})

test('every form that a text may have is read, with names escaped', () => {
  const all = '\r\n { "\\u0061" : [ ] , "b\\/" : { } , "" : [ 1 , -0.5E+2 , "x\\"}" , false ] }\t'
  assert.deepEqual(parseForeignJson(all), { a: [], 'b/': {}, '': [1, -50, 'x"}', false] })
  assert.deepEqual(parseForeignJson('"\\":"'), '":')
  assert.deepEqual(parseForeignJson('["\\"a", 9007199254740993]'), ['"a', 9007199254740992])
  assert.deepEqual(Object.keys(parseForeignJson('{"__proto__":1,"\\n":2}') as object), ['__proto__', '\n'])
  assert.deepEqual(parseForeignJson('{"\\n":1,"\\n":2}'), { '\n': 2 })
})

test('what is no JSON is refused, with names escaped or not', () => {
  for (const text of ['', '{"\\n":}', '{"\\n" 1}', '["\\n":1]', '{"\\n":1}x', '{"\\x":1}', '{"\\n":01}'])
    assert.throws(() => parseForeignJson(text), SyntaxError, text)
  const deep = `${'['.repeat(2_000)}{"\\n":1}${']'.repeat(2_000)}`
  assert.throws(() => parseForeignJson(deep), SyntaxError)
  assert.ok(parseForeignJson(deep.replace('\\n', 'n')))
})

test('a long text that is all escapes and quotes is looked through once', () => {
  const text = '"\\ '.repeat(300_000)
  assert.deepEqual(parseForeignJson(JSON.stringify({ text })), { text })
})

test('a long string beside an escaped name is read, whatever is in it', () => {
  for (const each of ['x', '\\', '"']) {
    const long = each.repeat(8_000_000)
    assert.equal((parseForeignJson(JSON.stringify({ '"': long })) as { '"': string })['"'] === long, true)
  }
})
