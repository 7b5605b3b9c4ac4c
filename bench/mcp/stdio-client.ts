/** The official MCP client over standard input and output: of a server itself, or of the gate before it. */
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

/** One connected client. */
export interface StdioClient {
  /** Calls the tool once and makes sure that its answer is one. */
  readonly call: () => Promise<void>
  close(): Promise<void>
}

/** Starts `args` under this Node and connects to it. */
export async function openStdioClient(
  args: readonly string[],
  tool: string,
  env: { readonly [name: string]: string } = {},
): Promise<StdioClient> {
  const client = new Client({ name: 'bench', version: '1' })
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...args],
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stderr: 'ignore',
  })
  await client.connect(transport)
  return {
    async call() {
      const { content, isError } = await client.callTool({ name: tool, arguments: {} })
      if (isError === true || !Array.isArray(content) || content.length === 0) {
        throw new Error(`the tool did not answer: ${JSON.stringify(content)}`)
      }
    },
    close: () => client.close(),
  }
}
