/** What operators may look at of subjects and legal holds. */
import type { Json } from '../../base/json.ts'
import type { Hold } from '../../kernel/privacy/event-bodies.ts'
import type { State } from '../../kernel/state.ts'

/** A subject with its agents. `erased` is the event of an erasure whose keys are not destroyed yet. */
interface SubjectView {
  readonly subject: number
  readonly name: string
  readonly erased: number | null
  readonly agents: string[]
}

/** Everybody whom payloads are about now, by number: those that were named, and agents that are about themselves. */
export function subjectsOf({ agents, subjects }: State): Iterable<readonly [number, SubjectView]> {
  const views = new Map<number, SubjectView>()
  for (const [subject, { name, erased = null }] of subjects ?? [])
    views.set(subject, { subject, name, erased, agents: [] })
  for (const { id, name, subject = id } of agents.values()) {
    const view = views.get(subject) ?? { subject, name, erased: null, agents: [] }
    view.agents.push(name)
    views.set(subject, view)
  }
  return [...views].sort(([one], [other]) => one - other)
}

/** A subject as it is listed. */
export function subjectView(view: SubjectView): Json {
  return { ...view }
}

/** A hold as it is listed, with who placed it. */
export function holdView({ operators }: State, { seq, operator, ...hold }: Hold): Json {
  return { hold: seq, operator, operatorName: operators.get(operator as never)?.name ?? '', ...hold }
}
