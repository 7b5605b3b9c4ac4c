import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { DriverOffer } from '../kernel/catalogue.ts'
import { clientName, driverName, driversIn } from './naming.ts'

const driver = (object: number, name: string): DriverOffer => ({
  object,
  name,
  offers: new Map(),
  held: new Map(),
})

test('a name leads back to its driver, whatever drivers and tools are called', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,8}$/u), {
    minLength: 1,
    maxLength: 6,
  })
  const tools = fc.array(fc.oneof(fc.string(), fc.stringMatching(/^[_a-z]{1,6}$/u)), {
    minLength: 1,
    maxLength: 6,
  })
  fc.assert(
    fc.property(names, tools, (drivers, toolNames) => {
      const catalogue = drivers.map((name, n) => driver(n + 1, name))
      const said = new Map<string, string>()
      for (const one of catalogue) {
        for (const tool of new Set(toolNames)) {
          const name = clientName(one, tool, null)
          const key = JSON.stringify([one.name, tool])
          assert.equal(said.get(name) ?? key, key, 'two tools have one name')
          said.set(name, key)
          const meant = driverName(catalogue, null, name)
          assert.equal(meant?.driver, one)
          assert.equal(meant?.name, tool)
        }
      }
    }),
  )
})

test('a driver cannot offer a name that means another driver’s', () => {
  const [files, hostile] = [driver(1, 'files'), driver(2, 'files_')]
  assert.equal(clientName(files, '_read', null), 'files___read')
  assert.equal(clientName(hostile, 'read', null), 'D2__read')
  assert.equal(driverName([files, hostile], null, 'files___read')?.driver, files)
})

test('at its own endpoint a driver has its own names, and others are not there', () => {
  const catalogue = [driver(1, 'a'), driver(2, 'b')]
  assert.equal(clientName(driver(1, 'a'), 'x', 'a'), 'x')
  assert.equal(driverName(catalogue, 'b', 'a__x')?.driver.name, 'b')
  assert.equal(driverName(catalogue, 'c', 'x'), null)
  assert.deepEqual(driversIn(catalogue, 'c'), [])
  assert.equal(driverName(catalogue, null, 'x'), null)
  assert.equal(driverName(catalogue, null, 'c__x'), null)
})
