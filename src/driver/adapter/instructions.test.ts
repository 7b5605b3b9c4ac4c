import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../base/json.ts'
import { readExpectation, readInstructions } from './instructions.ts'

const line = (value: Json): Uint8Array => Buffer.from(JSON.stringify(value))
const program = { protocol: 'mcp-stdio', command: '/bin/true', args: [], cwd: '/', env: {} }
const driver = { domain: 'main', program }

test('what is expected is read without what is not understood of it', () => {
  const http = { domain: 'main', program: { ...program, protocol: 'mcp-http' } }
  const expected = [driver, http, { program }, { domain: 'main' }, 'main', null]
  const read = readExpectation(line({ expected, home: '/h', rung: 'gvisor' }))
  assert.equal(JSON.stringify(read), JSON.stringify({ home: '/h', rung: 'gvisor', drivers: [driver] }))
})

test('a task is no expectation, an expectation is no task, and anything else is neither', () => {
  const task = { driverSocket: '/s', secret: 'x', program, home: '/h', domain: 'main', rung: 'gvisor' }
  assert.equal(readExpectation(line(task)), null)
  assert.equal(readInstructions(line(task))?.secret, 'x')
  assert.equal(readInstructions(line({ expected: [driver], home: '/h', rung: 'gvisor' })), null)
  for (const other of [{ expected: driver, home: '/h', rung: 'gvisor' }, { expected: [driver] }, [], 'x'])
    assert.equal(readExpectation(line(other)), null)
  assert.equal(readExpectation(Buffer.from('{')), null)
})
