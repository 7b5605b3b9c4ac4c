/**
 * The browser of a login: the address is shown, opened where there is a desktop to open it on, and the page that
 * the person comes back to is served for as long as the login lasts.
 */
import { spawn } from 'node:child_process'
import type { Result } from '../base/result.ts'
import { err } from '../base/result.ts'
import type { AuthorizationResponse } from '../driver/mcp/oauth-callback.ts'
import { openCallback } from '../driver/mcp/oauth-callback.ts'
import type { Browser } from '../driver/mcp/oauth-login.ts'
import { visible } from './escape.ts'
import type { Output } from './output.ts'

/** How a login reaches the person. */
export interface BrowserTerms {
  readonly out: Output
  /** The port of the page to come back to; 0 for any. */
  readonly port: number
  /** Open the address, or only show it. */
  readonly opens: boolean
  readonly patienceMs: number
}

/** A browser that must be closed. */
export interface OpenBrowser extends Browser {
  close(): void
}

/** Gets ready. Rejects when the port is taken. */
export async function openBrowser({ out, port, opens, patienceMs }: BrowserTerms): Promise<OpenBrowser> {
  const callback = await openCallback(port)
  return {
    redirectUrl: callback.url,
    async visit(url: URL, state: string): Promise<Result<AuthorizationResponse, string>> {
      out.note(`Log in at ${visible(url.origin)}, in a browser on this machine:`)
      out.note('')
      out.note(`  ${visible(url.href)}`)
      out.note('')
      if (opens) open(url)
      const late = Promise.withResolvers<Result<never, string>>()
      const timer = setTimeout(
        () => late.resolve(err('nobody came back from the browser in time')),
        patienceMs,
      )
      const visit = await Promise.race([callback.visited(state), late.promise])
      clearTimeout(timer)
      return visit
    },
    close: () => callback.close(),
  }
}

/** Opens an address. That it cannot be done is no problem: it is on the screen. */
function open(url: URL): void {
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(opener, [url.href], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
