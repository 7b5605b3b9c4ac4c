import assert from 'node:assert/strict'
import { test } from 'node:test'
import { blank } from './blank.ts'

const codeOf = (text: string): string => blank(text).code.replace(/\s+/g, ' ').trim()

test('comments and the insides of strings are not code', () => {
  assert.equal(codeOf('let a = \'Date\' // Date\n/* Date */ let b = "Date"'), 'let a = \' \' let b = " "')
})

test('strings are kept where only comments are unwanted', () => {
  assert.equal(blank("import 'x' // y").withoutComments.trimEnd(), "import 'x'")
})

test('the substitutions of a template are code, nested ones too', () => {
  assert.equal(codeOf('`Date ${now({ a: `${b} Date` })} Date` + c'), '` ${now({ a: `${b} ` })} ` + c')
})

test('a regular expression is a literal and a division is not', () => {
  assert.equal(codeOf('x = /[/"]Date/g; y = a / b / c'), 'x = / /g; y = a / b / c')
  assert.equal(codeOf("f(/'/, 'Date')"), "f(/ /, ' ')")
})

test('an escaped quote does not end a string', () => {
  assert.equal(codeOf(String.raw`'a\'Date' + b`), "' ' + b")
})

test('every character keeps its position', () => {
  const text = "a /* é\n */ 'b\\n' `c${d}` // e"
  const { code, withoutComments } = blank(text)
  assert.equal(code.length, text.length)
  assert.equal(withoutComments.length, text.length)
  assert.equal(code.indexOf('d'), text.indexOf('d'))
  assert.equal(code.split('\n').length, 2)
})
