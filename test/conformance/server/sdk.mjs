/**
 * The TypeScript SDK as the servers under test use it, from where the test servers are installed. Plain
 * JavaScript, like everything in this folder: it is not of this project, but what this project is tested against.
 */
import { createRequire } from 'node:module'

const packages = createRequire(new URL('../../../node_modules/.custos-servers/package.json', import.meta.url))

/** Everything of `@modelcontextprotocol/server`. */
export const sdk = packages('@modelcontextprotocol/server')

/** Everything of `@modelcontextprotocol/node`. */
export const node = packages('@modelcontextprotocol/node')

/** A JSON Schema as the SDK takes it, passed on as it is written. */
export const schema = (properties = {}, more = {}) =>
  sdk.fromJsonSchema({ type: 'object', properties, ...more })

/** A result, or a part of one, that is one text. */
export const text = (words) => ({ type: 'text', text: words })

/** A tool result that is one text. */
export const say = (words) => ({ content: [text(words)] })
