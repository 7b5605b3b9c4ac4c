/** Resources, prompts, completion and logging, as the scenarios of the suite name them. */
import { pixel } from './content-tools.mjs'
import { schema, sdk, text } from './sdk.mjs'

/** Registers the resources, and subscriptions to them. */
export function addResources(server) {
  const add = (name, uri, content) => {
    const read = (at) => ({ contents: [{ uri: at.toString(), ...content }] })
    server.registerResource(name, uri, { title: name, mimeType: content.mimeType }, read)
  }
  const words = 'This is the content of the static text resource.'
  add('static-text', 'test://static-text', { mimeType: 'text/plain', text: words })
  add('static-binary', 'test://static-binary', { mimeType: 'image/png', blob: pixel })
  add('watched-resource', 'test://watched-resource', { mimeType: 'text/plain', text: 'Watched' })
  const template = new sdk.ResourceTemplate('test://template/{id}/data', { list: undefined })
  server.registerResource('template', template, { mimeType: 'application/json' }, (uri, { id }) => {
    const content = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` })
    return { contents: [{ uri: uri.toString(), mimeType: 'application/json', text: content }] }
  })
  for (const method of ['resources/subscribe', 'resources/unsubscribe'])
    server.server.setRequestHandler(method, () => ({}))
}

/** Registers the prompts. */
export function addPrompts(server) {
  const user = (content) => ({ role: 'user', content })
  const add = (name, argumentNames, messagesOf) => {
    const properties = Object.fromEntries(
      argumentNames.map((one) => [one, { type: 'string', description: one }]),
    )
    const more =
      argumentNames.length === 0 ? {} : { argsSchema: schema(properties, { required: argumentNames }) }
    server.registerPrompt(name, { title: name, description: `A prompt (${name})`, ...more }, (args) => ({
      messages: messagesOf(args).map(user),
    }))
  }
  add('test_simple_prompt', [], () => [text('This is a simple prompt for testing.')])
  add('test_prompt_with_arguments', ['arg1', 'arg2'], ({ arg1, arg2 }) => [
    text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`),
  ])
  add('test_prompt_with_embedded_resource', ['resourceUri'], ({ resourceUri }) => [
    { type: 'resource', resource: { uri: resourceUri, mimeType: 'text/plain', text: 'Embedded.' } },
    text('Please process the embedded resource above.'),
  ])
  add('test_prompt_with_image', [], () => [
    { type: 'image', data: pixel, mimeType: 'image/png' },
    text('Please analyze the image above.'),
  ])
}

/** Answers completion and log levels. */
export function addRest(server) {
  server.server.setRequestHandler('logging/setLevel', () => ({}))
  const completion = { values: ['paris', 'park', 'party'], total: 3, hasMore: false }
  server.server.setRequestHandler('completion/complete', () => ({ completion }))
}
