/** The reserved names of MCP metadata and extensions, so that none is ever spelled twice. */

/** Keys of `_meta`. */
export const metaKeys = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
  logLevel: 'io.modelcontextprotocol/logLevel',
} as const

/** The Tasks extension, as it stands in `capabilities.extensions`. */
export const tasksExtension = 'io.modelcontextprotocol/tasks'

/** W3C trace context in `_meta`: version, trace id, parent id, flags. */
export const traceparent: RegExp = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/u
