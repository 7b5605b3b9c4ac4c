/** What is recommended to somebody in another domain can be typed as it stands. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commands } from './commands.ts'
import { adviceIn } from './domain-advice.ts'

test('every command that is about a domain gets it, and no other does', () => {
  for (const { name, isHomeWide } of commands) {
    const advice = `see: custos ${name} X, or not`
    const expected = isHomeWide === true ? advice : `see: custos ${name} --domain work X, or not`
    assert.equal(adviceIn('work', advice), expected)
    assert.equal(adviceIn('main', advice), advice)
  }
})

test('each of several commands gets it, and what has a domain keeps that one', () => {
  assert.equal(
    adviceIn('work', 'custos approve 4, or custos deny 4: custos proposals --domain sovereign'),
    'custos approve --domain work 4, or custos deny --domain work 4: custos proposals --domain sovereign',
  )
})
