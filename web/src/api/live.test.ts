import { describe, expect, it } from 'vitest'
import { takeMessages, waitMs } from './live'

describe('a stream of server-sent events', () => {
  it('is cut into whole messages, however it comes', () => {
    const text = 'event: head\nid: 7\ndata: {"position":7}\n\nevent: change\nid: 9\ndata: {"a":": b"}\n\nevent: en'
    for (let cut = 0; cut <= text.length; cut += 1) {
      const first = takeMessages(text.slice(0, cut))
      const second = takeMessages(first.rest + text.slice(cut))
      expect([...first.messages, ...second.messages]).toEqual([
        { event: 'head', id: '7', data: '{"position":7}' },
        { event: 'change', id: '9', data: '{"a":": b"}' },
      ])
      expect(second.rest).toBe('event: en')
    }
  })

  it('is tried again ever later, but at least four times a minute', () => {
    expect([0, 1, 2, 3].map((failures) => waitMs(failures, 1))).toEqual([500, 1000, 2000, 4000])
    expect(waitMs(0, 0)).toBe(250)
    expect(waitMs(40, 1)).toBe(15_000)
  })
})
