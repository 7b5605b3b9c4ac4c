/**
 * A JSON-RPC message as both sides of these tests write it: nothing is known of it but the names of its
 * members, because half of what is sent here is malformed on purpose.
 */

/** One message. What a member holds is for whoever reads it to find out. */
export interface RpcMessage {
  readonly jsonrpc?: string
  readonly id?: string | number | null
  readonly method?: string
  readonly params?: { readonly [name: string]: unknown }
  readonly result?: unknown
  readonly error?: unknown
}

/** A tool's definition, or what passes itself off as one. */
export type Tool = { readonly [member: string]: unknown }

/** A text in tag characters, which nobody sees and models read. */
export function tagged(text: string): string {
  return Array.from(text, (each) => String.fromCodePoint(0xe0000 + (each.codePointAt(0) ?? 0))).join('')
}

/** A result that holds one text. */
export function textResult(text: string): { readonly content: readonly object[] } {
  return { content: [{ type: 'text', text }] }
}

/** The first text of a result, an error's message, or the empty string. */
export function textOf(message: RpcMessage | null): string {
  const { content } = (message?.result ?? {}) as { readonly content?: readonly { readonly text?: string }[] }
  const { message: error } = (message?.error ?? {}) as { readonly message?: string }
  return content?.[0]?.text ?? error ?? ''
}

/** A tool of that name that promises to be harmless. */
export function tool(name: unknown, extra: Tool = {}): Tool {
  return {
    name,
    inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
    annotations: { readOnlyHint: true },
    ...extra,
  }
}
