/**
 * What one attack is: how its server behaves, what that does to a plain relay, and what the product says to it.
 * The first half is shown before the second counts: an attack that harms nobody proves nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RelayStage } from './relay-stage.ts'
import type { RpcMessage, Tool } from './rpc-message.ts'

/** How a hostile server reaches the world. */
export interface HostileIo {
  /** Writes one message as one line. */
  send(message: object): void
  /** Writes bytes as they are. */
  raw(bytes: string | Uint8Array): void
  /** Writes down what was got hold of, where the test finds it. */
  loot(text: string): void
  /** A place of its own, the same at every start. */
  readonly folder: string
  /** True once an operator has signed for this server. */
  readonly isSigned: boolean
}

/** What a server does. What it leaves out it does as a good server would. */
export interface HostileScript {
  readonly capabilities?: object
  /** It speaks the stateless revision to whoever knows it. */
  readonly isModern?: true
  /** The tools, the how manieth time they are asked for; only `act` by default. */
  readonly tools?: (time: number, io: HostileIo) => readonly Tool[]
  readonly started?: (io: HostileIo) => void
  /** Return true to have dealt with the message. Called for each, before everything else. */
  readonly hears?: (message: RpcMessage, io: HostileIo) => boolean
  /** Deals with a call; answers `acted` by default. */
  readonly call?: (message: RpcMessage, io: HostileIo) => void
  /** Return true to have dealt with a whole request. Only over HTTP. */
  readonly http?: (exchange: HttpExchange, io: HostileIo) => boolean
}

/** One request to a hostile HTTP server. */
export interface HttpExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The message in its body, or null. */
  readonly message: RpcMessage | null
}

/** What the product does about it. All texts are matched against what a person or an agent is told. */
export interface Expectation {
  /** Looking at it, before anybody signs, ends so. */
  readonly refused?: RegExp
  /** It cannot be added, because it never says what it offers. */
  readonly neverReady?: true
  /** It was signed, and is quarantined now. */
  readonly quarantined?: true
  /** It was signed, and does not come up. */
  readonly absent?: true
  /** What the agent that holds it is told when it calls `act`; `acted` by default. */
  readonly told?: RegExp
  /** That agent is told nothing, and gives up. */
  readonly silent?: true
  /** Not in the list of tools of those who hold the driver. */
  readonly unlisted?: RegExp
}

/** One way for a server to be hostile. */
export interface Attack {
  /** Names it on command lines and in reports. */
  readonly id: string
  /** What the server does, as the end of a sentence that begins with *a server that*. */
  readonly title: string
  readonly over?: 'http'
  /** The relay meets it as it is after it was signed. */
  readonly isSignedFirst?: true
  readonly script: HostileScript
  /** The damage at a plain relay, in a few words. Throws when there is none. */
  readonly damage: (stage: RelayStage) => Promise<string>
  readonly custos: Expectation
}
