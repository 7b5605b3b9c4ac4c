/**
 * Who a person is to git. Their settings may hold tokens and are not there inside, so the two harmless lines are taken
 * out of them: a commit that is made inside has its author. A folder that has an author of its own keeps it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Variables that tell git the author, as far as the person has one and the folder has none. */
export function gitIdentity(home: string, folder: string): { readonly [name: string]: string } {
  if (userIn(join(folder, '.git', 'config')).size > 0) return {}
  const user = new Map([
    ...userIn(join(home, '.config', 'git', 'config')),
    ...userIn(join(home, '.gitconfig')),
  ])
  const [name, email] = [user.get('name'), user.get('email')]
  return {
    ...(name === undefined ? {} : { GIT_AUTHOR_NAME: name, GIT_COMMITTER_NAME: name }),
    ...(email === undefined ? {} : { GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_EMAIL: email }),
  }
}

const mostLength = 200

/** `name` and `email` of the section `[user]`, where they are written plainly. */
function userIn(file: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let isUser = false
  for (const line of linesOf(file)) {
    const section = /^\s*\[(?<name>[^\]]*)\]/u.exec(line)?.groups?.['name']
    if (section !== undefined) isUser = section.trim().toLowerCase() === 'user'
    const match = /^\s*(?<key>name|email)\s*=\s*(?:"(?<quoted>[^"\\]*)"|(?<plain>[^"\\#;]*?))\s*$/iu.exec(
      line,
    )
    const { key = '', quoted, plain } = match?.groups ?? {}
    const value = quoted ?? plain ?? ''
    if (isUser && value !== '' && value.length <= mostLength) found.set(key.toLowerCase(), value)
  }
  return found
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}
