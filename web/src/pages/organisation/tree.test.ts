import { describe, expect, it } from 'vitest'
import type { Organisation } from '@/api/types'
import { treeOf } from './tree'

const person = (code: string, window: string | null, department: string | null, hall: string | null) => ({ code, name: `${code}的姓名`, kind: 'person' as const, window, department, hall })
const organisation: Organisation = {
  day: '2026-11-23',
  halls: [{ code: 'H1', name: '市民中心' }],
  departments: [
    { code: 'D1', name: '公安', hall: 'H1' },
    { code: 'D2', name: '医保', hall: 'H1' },
  ],
  windows: [
    { code: 'W1', name: '一号', hall: 'H1', department: 'D1', zone: 'A' },
    { code: 'W9', name: '九号', hall: null, department: null, zone: null },
  ],
  people: [person('P1', 'W1', 'D1', 'H1'), person('P2', null, 'D1', 'H1'), person('P3', null, null, null)],
  assignments: [{ window: 'W1', person: 'P2', name: 'P2的姓名', from: '2026-11-01T00:00:00+08:00', to: null, role: 'a', stands: true }],
  leaves: [],
  matters: [],
}

describe('the tree of the organisation', () => {
  it('hangs everything where it belongs, and what belongs nowhere last', () => {
    const [hall, nowhere, ...rest] = treeOf(organisation)
    expect(rest).toEqual([])
    expect(hall?.code).toBe('H1')
    expect(hall?.departments.map((one) => one.code)).toEqual(['D1', 'D2'])
    expect(hall?.departments[0]?.windows[0]?.people.map((one) => one.code)).toEqual(['P1'])
    expect(hall?.departments[0]?.windows[0]?.assignments.map((one) => one.person)).toEqual(['P2'])
    expect(hall?.departments[0]?.people.map((one) => one.code)).toEqual(['P2'])
    expect(hall?.count).toBe(2)
    expect(nowhere?.code).toBe(null)
    expect(nowhere?.departments[0]?.windows[0]?.window.code).toBe('W9')
    expect(nowhere?.departments[0]?.people.map((one) => one.code)).toEqual(['P3'])
  })

  it('keeps what is looked for with all it stands under', () => {
    const found = treeOf(organisation, ' p2 ')
    expect(found.map((one) => one.code)).toEqual(['H1'])
    expect(found[0]?.departments.map((one) => [one.code, one.windows.length, one.people.length])).toEqual([['D1', 1, 1]])
    expect(treeOf(organisation, '医保')).toEqual([])
    expect(treeOf(organisation, '公安')[0]?.departments[0]?.windows).toHaveLength(1)
  })
})
