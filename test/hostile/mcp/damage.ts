/**
 * What attacks do to a plain relay, as the controls look for it. Each of these lets the two clients do what
 * clients do, and throws when the harm does not show.
 */
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../harness/world.ts'
import type { RelayClient } from './relay-client.ts'
import type { RelayStage } from './relay-stage.ts'
import { textOf } from './rpc-message.ts'

/** Looks for the harm, and says what it was. */
export type Damage = (stage: RelayStage) => Promise<string>

/** How long a relay that is about to end may take to. Bombs burn for a while before they go off. */
const endMs = 20_000

/** Both clients, as soon as the relay takes them. */
export async function meet(stage: RelayStage): Promise<{ victim: RelayClient; mate: RelayClient }> {
  const [victim, mate] = [await stage.client(), await stage.client()]
  assert.ok(victim !== null && mate !== null, 'the relay never served')
  return { victim, mate }
}

/** Both clients after they listed, when the mate has called `act`; its answer may still be under way. */
export async function provoked(
  stage: RelayStage,
  args: object = {},
): Promise<{ victim: RelayClient; mate: RelayClient; acted: ReturnType<RelayClient['call']> }> {
  const { victim, mate } = await meet(stage)
  await Promise.all([victim.request('tools/list', {}, 10_000), mate.request('tools/list', {}, 10_000)])
  return { victim, mate, acted: mate.call('evil__act', args) }
}

/** A call of the victim to its own driver is answered by somebody else. */
export const divertsTheVictim: Damage = async (stage) => {
  const { victim, mate } = await meet(stage)
  await victim.request('tools/list', {}, 10_000)
  const slow = victim.call('files__slow', { text: 'x' })
  await pause(30)
  void mate.call('evil__act')
  const answer = textOf(await slow) || textOf(await victim.call('files__read', { text: 'x' }))
  assert.notEqual(answer, '')
  assert.notEqual(answer, 'honest x')
  return `the victim’s own driver seemed to say “${answer.slice(0, 60)}”`
}

/** A tool of the hostile server takes the place of one that the victim calls. */
export const replacesATool: Damage = async (stage) => {
  const { victim } = await meet(stage)
  await victim.request('tools/list', {}, 10_000)
  const answer = textOf(await victim.call('files__read', { text: 'x' }))
  assert.equal(answer, 'acted')
  return 'the victim’s call to its own driver went to the hostile one'
}

/** The relay is gone. */
export const endsTheRelay: Damage = async (stage) => {
  const client = await stage.client()
  const waiting = client
    ?.request('tools/list', {}, 10_000)
    .then(() => client.call('evil__act', { text: 'x' }))
  void waiting
  return `the relay ${await until(() => stage.ended, 'the relay to end', endMs)}`
}

/** The relay never takes a client. */
export const keepsTheRelayFromServing: Damage = async (stage) => {
  assert.equal(await stage.client(2000), null)
  return 'the relay never served anybody'
}

/** The victim is not answered any more. */
export const silencesTheVictim: Damage = async (stage) => {
  const { victim } = await meet(stage)
  assert.equal(await victim.request('tools/list'), null, 'its tools were listed')
  return 'the victim’s tools are not listed any more'
}

/** The victim is not answered any more once the mate has called. */
export function silencesAfterACall(args: object = {}): Damage {
  return async (stage) => {
    const { victim, mate, acted } = await provoked(stage, args)
    await acted
    void mate.call('evil__act', args)
    await pause(200)
    assert.equal(await victim.request('tools/list'), null, 'its tools were listed')
    return 'the victim is not answered any more after somebody’s call'
  }
}

/** What the victim is sent, in its list of tools or unasked, holds this. */
export function reachesTheVictim(what: RegExp): Damage {
  return async (stage) => {
    const { victim, mate, acted } = await provoked(stage)
    await acted
    const seen = await until(
      async () => {
        const listed = await victim.request('tools/list', {}, 10_000)
        const texts = [...victim.unasked, listed].map((message) => JSON.stringify(message))
        return texts.find((text) => what.test(text)) ?? null
      },
      `the victim to see ${what.source}; the mate saw ${JSON.stringify(mate.unasked).slice(0, 500)}`,
    )
    return `the victim, who does not use that server, was sent ${escaped(seen, what)}`
  }
}

/** The agent that called is sent this, though it could have been stopped on the way. */
export function reachesTheCaller(what: RegExp): Damage {
  return async (stage) => {
    const { mate, acted } = await provoked(stage)
    const answer = JSON.stringify(await acted)
    const seen = await until(
      () =>
        [answer, ...mate.unasked.map((each) => JSON.stringify(each))].find((text) => what.test(text)) ?? null,
      `the caller to see ${what.source}, not ${answer.slice(0, 300)}`,
    )
    return `the caller was sent ${escaped(seen, what)}`
  }
}

/** More than `count` messages nobody asked for reach the victim. */
export function floodsTheVictim(count: number): Damage {
  return async (stage) => {
    const { victim } = await provoked(stage)
    await until(() => (victim.unasked.length >= count ? true : null), `${count} messages`)
    return `the victim was sent ${victim.unasked.length} messages it did not ask for`
  }
}

/** What the victim has to read, to know its own tools, grows beyond `bytes`. */
export function bloatsTheList(bytes: number): Damage {
  return async (stage) => {
    const { victim } = await meet(stage)
    await victim.request('tools/list', {}, 20_000)
    assert.ok(victim.bytes > bytes, `${victim.bytes} bytes`)
    return `the victim’s list of tools has ${Math.round(victim.bytes / 1000)} kB`
  }
}

/** The relay's memory grows beyond `mebibytes`, or ends it. */
export function fillsTheRelay(mebibytes: number): Damage {
  return async (stage) => {
    const client = await stage.client()
    void client?.request('tools/list').then(() => client.call('evil__act'))
    const grown = () => stage.ended ?? (stage.peakMebibytes > mebibytes ? `used ${mebibytes} MiB` : null)
    return `the relay ${await until(grown, `${mebibytes} MiB, not ${stage.peakMebibytes}`, endMs)}`
  }
}

/** The hostile server gets hold of this. */
export function getsHoldOf(what: RegExp): Damage {
  return async (stage) => {
    await provoked(stage)
    const loot = await until(() => what.exec(stage.loot)?.[0] ?? null, `${what.source} in ${stage.loot}`)
    return `the hostile server got hold of “${loot}”`
  }
}

function escaped(text: string, what: RegExp): string {
  const found = what.exec(text)
  const around = text.slice(Math.max(0, (found?.index ?? 0) - 20), (found?.index ?? 0) + 60)
  return `“${around.replace(/[^\u0020-\u007e]/gu, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`)}”`
}
