/** What servers ask, as far as it is judged. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askArguments } from './reverse-requests.ts'

function judged(params: string): string {
  return Buffer.from(askArguments(Buffer.from(params))).toString()
}

test('metadata of a question is no argument, and everything else stays byte for byte', () => {
  assert.equal(judged('{"_meta":{"progressToken":1}}'), '{}')
  assert.equal(
    judged('{ "a" : 1.0 , "_meta" : {"x":[{}]} , "b" : {"_meta":"ü"} }'),
    '{"a":1.0,"b":{"_meta":"ü"}}',
  )
  assert.equal(judged('{"\\u005fmeta":{},"a":[]}'), '{"a":[]}')
  assert.equal(judged('{ "a" : 1 }'), '{ "a" : 1 }')
})
