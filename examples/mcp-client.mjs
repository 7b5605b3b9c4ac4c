#!/usr/bin/env node
/**
 * Any MCP client, as small as it gets: reads a client's own configuration, starts what stands there, and calls
 * one tool. `node examples/mcp-client.mjs CONFIG.json TOOL [NAME=VALUE]…` knows nothing of Custos.
 */
import { readFileSync } from 'node:fs'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const [config = '.mcp.json', wanted = '', ...words] = process.argv.slice(2)
const servers = Object.values(JSON.parse(readFileSync(config, 'utf8')).mcpServers)
const args = Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2)))

for (const { command, args: rest = [], env = {} } of servers) {
  const client = new Client({ name: 'example', version: '1.0.0' })
  const transport = new StdioClientTransport({
    command,
    args: rest,
    env: { ...process.env, ...env },
    stderr: 'ignore',
  })
  await client.connect(transport)
  const { tools } = await client.listTools()
  const name = tools
    .map((tool) => tool.name)
    .find((known) => known === wanted || known.endsWith(`__${wanted}`))
  if (name === undefined)
    console.log(`no tool ${wanted}; there are: ${tools.map((tool) => tool.name).join(', ')}`)
  else {
    const { content } = await client.callTool({ name, arguments: args })
    console.log(content.map((block) => block.text ?? block.type).join('\n'))
  }
  await client.close()
}
