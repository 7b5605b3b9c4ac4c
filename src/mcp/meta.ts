/** The reserved names of MCP metadata and extensions, so that none is ever spelled twice. */

const prefix = 'io.modelcontextprotocol/'

/** Keys of `_meta`. */
export const metaKeys = {
  protocolVersion: `${prefix}protocolVersion`,
  clientInfo: `${prefix}clientInfo`,
  clientCapabilities: `${prefix}clientCapabilities`,
  serverInfo: `${prefix}serverInfo`,
  subscriptionId: `${prefix}subscriptionId`,
  logLevel: `${prefix}logLevel`,
  relatedTask: `${prefix}related-task`,
} as const

/** The Tasks extension, as it stands in `capabilities.extensions`. */
export const tasksExtension = `${prefix}tasks`

/** W3C trace context in `_meta`: version, trace id, parent id, flags. */
export const traceparent: RegExp = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/u
