import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import { driverNameFrom, freeName } from './driver-name.ts'

test('every name becomes a valid driver name without the separator of tools', () => {
  assert.equal(driverNameFrom('GitHub Copilot (beta)'), 'github-copilot-beta')
  assert.equal(driverNameFrom('my__server'), 'my_server')
  assert.equal(driverNameFrom('…'), 'server')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (name) => {
      const made = driverNameFrom(name)
      assert.ok(isName(made) && !made.includes('__'), made)
      assert.equal(driverNameFrom(made), made)
    }),
  )
})

test('a name that is taken gets a number, within the length that names have', () => {
  assert.equal(freeName('a', new Set()), 'a')
  assert.equal(freeName('a', new Set(['a', 'a-2'])), 'a-3')
  const long = 'x'.repeat(64)
  assert.equal(freeName(long, new Set([long])), `${'x'.repeat(62)}-2`)
})
