// A counter service drawn to scale: where the events say when, the parts stand there; else the durations alone place them.
import type { Fact } from '@/api/types'

export type PartKind = 'waiting' | 'approach' | 'service' | 'held'

export interface Part {
  kind: PartKind
  /** Milliseconds from the start of the bar. */
  from: number
  to: number
}

export interface Mark {
  at: number
  event: string
  time: string
}

export interface Timeline {
  total: number
  parts: Part[]
  marks: Mark[]
}

function milliseconds(fact: Fact, name: string): number | null {
  const value = fact.fields.find((field) => field.name === name)?.value ?? null
  return value !== null && /^\d+$/.test(value) ? Number(value) : null
}

function fromEvents(fact: Fact): Timeline | null {
  const marks = fact.events
    .map((event) => ({ at: Date.parse(event.time), event: event.type.replace(/^jifen\./, ''), time: event.time }))
    .filter((mark) => !Number.isNaN(mark.at))
    .sort((a, b) => a.at - b.at)
  const moment = (...types: string[]) => marks.find((mark) => types.includes(mark.event))?.at ?? null
  const started = moment('service.started')
  const ended = moment('service.ended')
  if (started === null || ended === null || ended < started) return null
  const called = moment('queue.called', 'queue.recalled')
  const taken = moment('queue.taken', 'queue.joined')
  const begin = taken !== null && taken <= started ? taken : called !== null && called <= started ? called : started
  const parts: Part[] = []
  const push = (kind: PartKind, from: number, to: number) => {
    if (to > from) parts.push({ kind, from: from - begin, to: to - begin })
  }
  const summoned = called !== null && called >= begin && called <= started ? called : started
  push('waiting', begin, summoned)
  push('approach', summoned, started)
  let cursor = started
  let held = false
  for (const mark of marks) {
    if (mark.at < started || mark.at > ended) continue
    if (mark.event === 'service.held' && !held) {
      push('service', cursor, mark.at)
      cursor = mark.at
      held = true
    } else if (mark.event === 'service.resumed' && held) {
      push('held', cursor, mark.at)
      cursor = mark.at
      held = false
    }
  }
  push(held ? 'held' : 'service', cursor, ended)
  const total = ended - begin
  if (total <= 0) return null
  return {
    total,
    parts,
    marks: marks.filter((mark) => mark.at >= begin && mark.at <= ended).map((mark) => ({ ...mark, at: mark.at - begin })),
  }
}

function fromFields(fact: Fact): Timeline | null {
  const service = milliseconds(fact, 'service_ms')
  if (service === null) return null
  const parts: Part[] = []
  let cursor = 0
  const push = (kind: PartKind, length: number | null) => {
    if (length === null || length === 0) return
    parts.push({ kind, from: cursor, to: cursor + length })
    cursor += length
  }
  push('waiting', milliseconds(fact, 'waiting_ms'))
  push('service', service)
  push('held', milliseconds(fact, 'held_ms'))
  return cursor === 0 ? null : { total: cursor, parts, marks: [] }
}

export function serviceTimeline(fact: Fact): Timeline | null {
  if (fact.kind !== 'service') return null
  return fromEvents(fact) ?? fromFields(fact)
}

/** Marks whose labels do not run into one another; the first and the last always stay. `room` is a label's share of the width. */
export function legibleMarks(timeline: Timeline, room: number): Mark[] {
  const { marks, total } = timeline
  const last = marks[marks.length - 1]
  if (last === undefined) return []
  const kept: Mark[] = []
  for (const mark of marks.slice(0, -1)) {
    const previous = kept[kept.length - 1]
    const clear = previous === undefined || (mark.at - previous.at) / total >= room
    if (clear && (last.at - mark.at) / total >= 2 * room) kept.push(mark)
    else if (previous === undefined) kept.push(mark)
  }
  return last.at === kept[0]?.at ? [last] : [...kept, last]
}
