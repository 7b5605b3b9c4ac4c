/** What a request line asks for, and the paths that mean one thing only. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAbsoluteTarget, readPath } from './request-target.ts'

test('a whole address is split without changing a byte of its path', () => {
  const read = readAbsoluteTarget('HTTP://Api.Example:8080/@scope%2fname/a;b?q=../..&r=%2e')
  assert.ok(read.ok)
  assert.deepEqual(read.value, {
    scheme: 'http',
    authority: 'Api.Example:8080',
    path: '/@scope%2fname/a;b?q=../..&r=%2e',
  })
})

test('an address without a path asks for the root', () => {
  for (const [text, path] of [
    ['http://a', '/'],
    ['http://a?b', '/?b'],
    ['https://a/', '/'],
  ] as const) {
    const read = readAbsoluteTarget(text)
    assert.ok(read.ok)
    assert.equal(read.value.path, path)
  }
})

test('a path that some server reads otherwise is refused', () => {
  const wrong = [
    '/.',
    '/..',
    '/a/..',
    '/a/../b',
    '/a/./b',
    '/%2e',
    '/a/%2E%2e',
    '/a/.%2e/b',
    '/a%2f..%2fb',
    '/a/..%2fb',
    '/a/..%5cb',
    '/a\\..\\b',
    '/a/%252e%252e',
    '/a/%25252e.',
    '/a/..;/b',
    '/a/%2e%2e%3bx/b',
    '/a/%u002e./b',
    '/%2525252525252e',
    'a',
    '//\\',
    '/a\\b',
    '/a b',
    '/é',
    '/a#b',
    '/\u0000',
  ]
  for (const text of wrong) assert.equal(readPath(text).ok, false, text)
})

test('dots that are no segments of their own are names like any other', () => {
  for (const text of [
    '/...',
    '/a..b',
    '/..a',
    '/.git',
    '/a.',
    '/%2e%2e%2e',
    '/a?..',
    '/a//b',
    '/a%00',
    '/a%2fb',
  ])
    assert.deepEqual(readPath(text), { ok: true, value: text })
})
