/** What this user is called. Not everybody who runs a program has an entry with a name. */
import { userInfo } from 'node:os'

/** The user's name, or a number in words. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `user-${process.getuid?.() ?? 0}`
  }
}
