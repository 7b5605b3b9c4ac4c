/**
 * The first script of every machine, run before the agent's. It makes `custos`, the only thing in there that
 * reaches anything, and takes away or replaces what would make a run differ from its replay: chance, and what
 * can be seen of the garbage collector. Time needs nothing here, because the engine asks the worker for it.
 *
 * It is JavaScript for the engine inside, so it is text. Whatever the agent's script changes afterwards (it may
 * change any built-in) happens to itself alone: what the host calls, and what it is called with, was taken
 * before, and the host believes none of it.
 *
 * Chance is xoshiro128** by David Blackman and Sebastiano Vigna (public domain, prng.di.unimi.it), with 53 bits
 * of two outputs; its state is the run's 128-bit seed.
 */

/** Names that are taken off the global object: they show when memory is collected, or share it. */
const removed = ['WeakRef', 'FinalizationRegistry', 'SharedArrayBuffer', 'Atomics', 'performance']

/**
 * Evaluates to a function `(send, seed) => ({ deliver, describe, result })`. `send(kind, a, b, c)` hands a
 * request to the host and returns its number, or 0 when there are too many.
 */
export const prelude: string = `(function (send, seed) {
'use strict'
const { parse, stringify } = JSON, P = Promise, E = Error, S = String, freeze = Object.freeze
const imul = Math.imul, now = Date.now, waiting = { __proto__: null }
for (const name of ${JSON.stringify(removed)}) delete globalThis[name]

const s = [0, 8, 16, 24].map((at) => parseInt(seed.slice(at, at + 8), 16) | 0)
let a = s[0], b = s[1], c = s[2], d = s[3]
if ((a | b | c | d) === 0) d = 1
const rotl = (x, k) => (x << k) | (x >>> (32 - k))
const next = () => {
  const out = imul(rotl(imul(b, 5), 7), 9), t = b << 9
  c ^= a; d ^= b; b ^= c; a ^= d; c ^= t; d = rotl(d, 11)
  return out >>> 0
}
const random = function random() { return ((next() >>> 5) * 67108864 + (next() >>> 6)) / 9007199254740992 }
Object.defineProperty(Math, 'random', { value: random, writable: true, configurable: true, enumerable: false })

const ask = (kind, x, y, z) => new P((resolve, reject) => {
  const n = send(kind, x, y, z)
  if (n > 0) waiting[n] = resolve
  else reject(new E('limit: too many or too large syscalls wait for an answer'))
})
const word = (value, what) => {
  if (typeof value !== 'string' || value === '') throw new TypeError(what + ' is a string')
  return value
}
const custos = freeze({
  __proto__: null,
  call(driver, selector, args) {
    try {
      const text = stringify(args === undefined ? {} : args)
      if (typeof text !== 'string') throw new TypeError('arguments are one JSON object')
      return ask('call', word(driver, 'a driver name'), word(selector, 'a selector'), text)
    } catch (problem) { return P.reject(problem) }
  },
  capabilities() { return ask('capabilities', '', '', '') },
  log(text) { send('log', S(text), '', '') },
  now() { return now() },
  random,
})
for (const key of ['call', 'capabilities', 'log', 'now', 'random']) freeze(custos[key])
Object.defineProperty(globalThis, 'custos', { value: custos, enumerable: true })
const print = (...items) => {
  let text = ''
  for (let i = 0; i < items.length; i++) {
    const item = items[i]
    text += (i > 0 ? ' ' : '') + (typeof item === 'object' && item !== null ? stringify(item) : S(item))
  }
  send('log', text, '', '')
}
Object.defineProperty(globalThis, 'console', {
  value: freeze({ __proto__: null, log: print, info: print, warn: print, error: print }), enumerable: true,
})

return {
  deliver(n, header, body) {
    const resolve = waiting[n]
    delete waiting[n]
    const answer = parse(header)
    if (body !== undefined) {
      let value = null
      try { value = parse(body) } catch {}
      if (answer === null) return resolve(value)
      answer.result = value
    }
    resolve(answer)
  },
  describe(problem) {
    try {
      if (typeof problem !== 'object' || problem === null) return 'threw ' + S(problem)
      const text = S(problem.name) + ': ' + S(problem.message)
      return typeof problem.stack === 'string' ? text + '\\n' + problem.stack : text
    } catch { return 'threw something that does not describe itself' }
  },
  result(exported) {
    const value = exported === undefined || exported === null ? undefined : exported.default
    const text = value === undefined ? 'null' : stringify(value)
    return typeof text === 'string' ? text : 'null'
  },
}
})`
