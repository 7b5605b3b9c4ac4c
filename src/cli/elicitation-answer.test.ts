/** Forms that drivers send and answers that operators give, fitting and not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkAnswer, typedValue } from './elicitation-answer.ts'
import type { ElicitationForm, FormField } from './elicitation-form.ts'
import { parseForm, showForm } from './elicitation-form.ts'

const question = {
  mode: 'form',
  message: 'Token\u202e please\u001b[2J',
  requestedSchema: {
    type: 'object',
    properties: {
      token: { type: 'string', title: 'Your token', minLength: 3, maxLength: 10 },
      mail: { type: 'string', format: 'email' },
      days: { type: 'integer', minimum: 1, maximum: 30 },
      ratio: { type: 'number' },
      sure: { type: 'boolean', default: false },
      colour: { type: 'string', enum: ['red', 'green'], enumNames: ['Red', 'Green'] },
      size: { type: 'string', oneOf: [{ const: 's', title: 'Small' }] },
      tags: { type: 'array', items: { type: 'string', enum: ['a', 'b'] }, maxItems: 1 },
      parts: { type: 'array', items: { anyOf: [{ const: 'x', title: 'X' }] } },
      nested: { type: 'object' },
    },
    required: ['token', 'sure'],
  },
}

function form(asked: unknown = question): ElicitationForm {
  const parsed = parseForm(Buffer.from(JSON.stringify(asked)))
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error)
  return parsed.value
}

function field(name: string): FormField {
  const found = form().fields.find((one) => one.name === name)
  assert.ok(found !== undefined)
  return found
}

test('a question is shown with its fields, and nothing in it can draw on the screen', () => {
  const shown = showForm(form()).join('\n')
  assert.match(shown, /asks {7}Token\\u\{202e\} please\\u\{1b\}\[2J/u)
  assert.match(shown, /token \(required\) string 3\.\.10: Your token/u)
  assert.match(shown, /colour \(optional\) string one of "red" Red, "green" Green/u)
  assert.match(shown, /tags \(optional\) choices \.\.1 some of "a", "b"/u)
  assert.ok(!shown.includes('\u001b') && !shown.includes('\u202e'))
})

test('an address is shown and nothing is to be filled in', () => {
  const asked = form({ mode: 'url', message: 'Sign in', url: 'https://x.example/\u200b', elicitationId: '1' })
  assert.deepEqual(asked.fields, [])
  assert.match(showForm(asked).join('\n'), /https:\/\/x\.example\/\\u\{200b\}/u)
})

test('a fitting answer is accepted, without its white space', () => {
  const answer = checkAnswer(
    form(),
    ' { "token": "abc", "sure": true, "days": 3, "tags": ["a"], "size": "s" } ',
  )
  assert.deepEqual(answer, {
    ok: true,
    value: '{"token":"abc","sure":true,"days":3,"tags":["a"],"size":"s"}',
  })
})

test('an answer that does not fit the form is refused with the reason', () => {
  const good = { token: 'abc', sure: true }
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [{ token: 'abc' }, /"sure" is required/u],
    [{ ...good, other: 1 }, /no field "other"/u],
    [{ ...good, token: 'ab' }, /length of at least 3/u],
    [{ ...good, token: 5 }, /must be a text/u],
    [{ ...good, mail: 'nobody' }, /form "email"/u],
    [{ ...good, days: 31 }, /at most 30/u],
    [{ ...good, days: 1.5 }, /whole number/u],
    [{ ...good, ratio: '1' }, /must be a number/u],
    [{ ...good, sure: 'yes' }, /true or false/u],
    [{ ...good, colour: 'blue' }, /one of "red", "green"/u],
    [{ ...good, tags: ['a', 'b'] }, /count of at most 1/u],
    [{ ...good, tags: ['c'] }, /one of/u],
    [{ ...good, parts: 'x' }, /list of choices/u],
    [{ ...good, nested: {} }, /cannot be answered/u],
    [[], /must be a JSON object/u],
  ]
  for (const [answer, message] of cases) {
    const checked = checkAnswer(form(), JSON.stringify(answer))
    assert.ok(!checked.ok, JSON.stringify(answer))
    assert.match(checked.error, message)
  }
  const loose = form({
    message: '',
    requestedSchema: { type: 'object', properties: { a: { type: 'string' } } },
  })
  assert.ok(!checkAnswer(loose, JSON.stringify({ a: 'x'.repeat(9000) })).ok)
  assert.ok(!checkAnswer(loose, '{"a":"1","a":"2"}').ok)
})

test('what a person types becomes a value of the field’s kind', () => {
  assert.equal(typedValue(field('token'), ''), undefined)
  assert.equal(typedValue(field('days'), '12'), 12)
  assert.equal(typedValue(field('sure'), 'Yes'), true)
  assert.deepEqual(typedValue(field('tags'), 'a, b'), ['a', 'b'])
  assert.equal(typedValue(field('days'), 'many'), 'many')
})

test('a question without a readable form cannot be answered', () => {
  for (const asked of [[], { message: 'x' }, { message: 'x', requestedSchema: { type: 'object' } }]) {
    assert.ok(!parseForm(Buffer.from(JSON.stringify(asked))).ok)
  }
})
