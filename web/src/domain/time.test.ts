import { expect, it } from 'vitest'
import { formatClock, formatInstant } from './time'

it('shows instants in the zone of the region, whatever offset they came with', () => {
  expect(formatClock('2026-11-23T01:18:20Z', 'Asia/Shanghai')).toBe('09:18:20')
  expect(formatInstant('2026-11-23T23:30:00-05:00', 'Asia/Shanghai', 'zh-CN')).toBe('2026 年 11 月 24 日 12:30:00')
  expect(formatInstant('2011-03-27T01:30:00Z', 'Europe/Amsterdam', 'en')).toBe('27 Mar 2011 03:30:00')
  expect(formatClock('2026-11-22T16:00:00Z', 'Asia/Shanghai')).toBe('00:00:00')
  expect(formatClock('never', 'Asia/Shanghai')).toBe('never')
})
