/** How a secret is put on a request, and who meets whom between asking and doing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attach } from '../vault/secret.ts'
import { secretDress } from './secret-dress.ts'
import type { WaitingRequest } from './waiting-requests.ts'
import { WaitingRequests } from './waiting-requests.ts'

const value = Buffer.from('v$&lue-1+2/3')

function dress(attach: Attach): ReturnType<typeof secretDress> {
  const head = { name: 'api', hosts: [], attach, plainHttp: false, authorities: 'PEM', salt: '', digest: '' }
  return secretDress({ head, value }, ['MORE'])
}

test('the header is what was signed, whatever the program wrote there', () => {
  const put = dress({ kind: 'header', name: 'x-key', template: 'k={}!' })
  assert.deepEqual(
    put.headers([
      ['X-KEY', 'mine'],
      ['a', 'b'],
      ['x-key', 'again'],
    ]),
    [
      ['a', 'b'],
      ['x-key', 'k=v$&lue-1+2/3!'],
    ],
  )
  assert.equal(put.path('/p?x=1'), '/p?x=1')
  assert.deepEqual(put.strip, [value])
  assert.deepEqual(put.authorities, ['MORE', 'PEM'])
})

test('a password is searched for as it travels, too', () => {
  const put = dress({ kind: 'basic', user: 'u' })
  const sent = Buffer.from('u:v$&lue-1+2/3').toString('base64')
  assert.deepEqual(put.headers([['Authorization', 'x']]), [['authorization', `Basic ${sent}`]])
  assert.ok(put.strip.some((bytes) => Buffer.from(bytes).toString() === sent))
})

test('a query has the parameter once, in any spelling of its name', () => {
  const put = dress({ kind: 'query', name: 'key' })
  assert.deepEqual(put.headers([['a', 'b']]), [['a', 'b']])
  const set = 'key=v%24%26lue-1%2B2%2F3'
  assert.equal(put.path('/p'), `/p?${set}`)
  assert.equal(put.path('/p?key=1&a=2?&k%65y=3&%zz=4'), `/p?a=2?&%zz=4&${set}`)
})

test('a dispatch meets the request that waits for exactly it, once', () => {
  const waiting = new WaitingRequests()
  const bytes = Buffer.from('{}')
  const request = { selector: 'http/request', arguments: bytes } as unknown as WaitingRequest
  const trace = waiting.add(request)
  assert.match(trace, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/u)
  assert.equal(waiting.take(null, 'http/request', bytes), null)
  assert.equal(waiting.take(trace, 'secret/api', bytes), null)
  assert.equal(waiting.take(trace, 'http/request', Buffer.from('{"a":1}')), null)
  assert.equal(waiting.take(trace, 'http/request', bytes), request)
  assert.equal(waiting.take(trace, 'http/request', bytes), null)
  const other = waiting.add(request)
  waiting.drop(other)
  assert.equal(waiting.take(other, 'http/request', bytes), null)
})
