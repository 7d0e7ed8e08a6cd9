import { expect, it } from 'vitest'
import { event, fact, number } from '@/testing'
import { legibleMarks, serviceTimeline } from './timeline'

it('places the parts where the events say', () => {
  const line = serviceTimeline(
    fact({
      events: [
        event('queue.taken', '2026-11-23T09:00:00+08:00'),
        event('queue.called', '2026-11-23T09:05:00+08:00'),
        event('service.started', '2026-11-23T09:06:00+08:00'),
        event('service.held', '2026-11-23T09:10:00+08:00'),
        event('service.resumed', '2026-11-23T09:12:00+08:00'),
        event('service.ended', '2026-11-23T09:20:00+08:00'),
      ],
    }),
  )
  expect(line?.total).toBe(1_200_000)
  expect(line?.parts.map(({ kind, from, to }) => [kind, from / 60_000, to / 60_000])).toEqual([
    ['waiting', 0, 5],
    ['approach', 5, 6],
    ['service', 6, 10],
    ['held', 10, 12],
    ['service', 12, 20],
  ])
  expect(line?.marks).toHaveLength(6)
})

it('falls back to the durations', () => {
  const line = serviceTimeline(fact({ fields: [number('waiting_ms', '60000'), number('service_ms', '120000'), number('held_ms', '0')] }))
  expect(line).toEqual({
    total: 180_000,
    parts: [
      { kind: 'waiting', from: 0, to: 60_000 },
      { kind: 'service', from: 60_000, to: 180_000 },
    ],
    marks: [],
  })
})

it('draws nothing for other facts or without values', () => {
  expect(serviceTimeline(fact({ kind: 'rating' }))).toBeNull()
  expect(serviceTimeline(fact({ fields: [] }))).toBeNull()
})

it('keeps labels apart', () => {
  const marks = [0, 10, 50, 95, 100].map((at) => ({ at, event: String(at), time: '' }))
  expect(legibleMarks({ total: 100, parts: [], marks }, 0.2).map(({ at }) => at)).toEqual([0, 50, 100])
})
