/** JSON-RPC and MCP error codes. */
import type { Json } from '../base/json.ts'

/** By name. Those from -32020 on belong to the modern era. */
export const errorCodes = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** Legacy only: the modern era says `invalidParams`. */
  resourceNotFound: -32_002,
  headerMismatch: -32_020,
  missingClientCapability: -32_021,
  unsupportedProtocolVersion: -32_022,
} as const

/** A JSON-RPC error as it stands in a message. */
export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: Json
}
