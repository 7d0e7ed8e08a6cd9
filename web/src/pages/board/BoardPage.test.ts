import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { api } from '@/api/client'
import { region } from '@/api/region'
import type { LeaderboardItem } from '@/api/types'
import { i18n } from '@/locales'
import { item, pretendPhone, regionOf } from '@/testing'
import BoardPage from './BoardPage.vue'
import { boardCsv } from './export'
import { touches } from './useBoard'

const ITEMS: LeaderboardItem[] = [
  item({ subject: 'P1', name: '王岚', rank: 1, points: '412.5', provisional: '20' }),
  item({ subject: 'admin2', name: 'admin2', rank: null, actor_kind: 'system', points: '999' }),
  item({ subject: 'P2', name: '李承泽', rank: 2 }),
  item({ subject: 'P3', name: '=1+1', rank: 2, points: '-3', dimensions: { efficiency: '-3', quality: '0', innovation: '0', collaboration: '0' } }),
  item({ subject: 'P4', name: '赵雨桐', rank: 4 }),
  item({ subject: 'P5', name: '孙启明', rank: null, sufficient: false, facts: 3 }),
]

async function open(path = '/board') {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/board', component: BoardPage }, { path: '/:any(.*)*', component: { template: '<i />' } }] })
  await router.push(path)
  const page = mount(BoardPage, { global: { plugins: [i18n, router], stubs: { TransitionGroup: false } }, attachTo: document.body })
  await flushPromises()
  return { page, router }
}

const board = vi.spyOn(api, 'leaderboard')
beforeEach(() => {
  region.value = regionOf()
  pretendPhone(false)
  vi.stubGlobal('fetch', () => new Promise(() => undefined)) // the live stream: opening, and silent
  board.mockReset()
  board.mockImplementation(async (query) => ({ region: 'test', subject: query.subject ?? 'person', period: query.period ?? 'all', as_of_position: 9, items: ITEMS, next: null }))
})
enableAutoUnmount(afterEach)

describe('the board on a desk', () => {
  it('asks for people and the month of the last date unless the address says otherwise', async () => {
    await open()
    expect(board).toHaveBeenLastCalledWith({ subject: 'person', period: '2026-11', limit: 50 }, expect.anything())
    await open('/board?subject=window&period=2026-Q4&dimension=quality&rule=r1&min_facts=5')
    expect(board).toHaveBeenLastCalledWith({ subject: 'window', period: '2026-Q4', limit: 50, dimension: 'quality', rule: 'r1', min_facts: 5 }, expect.anything())
  })

  it('shares ranks, and lists those without one below with the reason', async () => {
    const { page } = await open()
    const rows = page.findAll('tbody').map((body) => body.findAll('tr').map((row) => row.text()))
    expect(page.findAll('tbody')[0]?.findAll('.rank b').map((rank) => rank.text())).toEqual(['1', '2', '2', '4'])
    expect(rows[0]?.[1]).toContain('并列')
    expect(rows[1]?.[0]).toContain('未排名 · 2')
    expect(rows[1]?.[1]).toContain('系统账号')
    expect(rows[1]?.[2]).toContain('只有 3 项事实')
  })

  it('writes points with true minus, the provisional part as a change', async () => {
    const { page } = await open()
    const cells = page.findAll('tbody tr').map((row) => row.findAll('td.num').map((cell) => cell.text()))
    expect(cells[0]?.slice(0, 2)).toEqual(['412.5', '+20'])
    expect(cells[2]?.[0]).toBe('\u22123')
  })

  it('opens the subject from anywhere in its row', async () => {
    const { page, router } = await open()
    await page.find('tbody tr td.dims').trigger('click')
    await flushPromises()
    expect(router.currentRoute.value.fullPath).toBe('/subject/person/P1?period=2026-11')
  })

  it('adds the next page below', async () => {
    board.mockImplementationOnce(async (query) => ({ region: 'test', subject: query.subject ?? 'person', period: query.period ?? 'all', as_of_position: 9, items: ITEMS.slice(0, 2), next: 'c1' }))
    const { page } = await open()
    board.mockImplementationOnce(async (query) => ({ region: 'test', subject: query.subject ?? 'person', period: query.period ?? 'all', as_of_position: 9, items: ITEMS.slice(2), next: null }))
    await page.find('.more button').trigger('click')
    await flushPromises()
    expect(board).toHaveBeenLastCalledWith(expect.objectContaining({ cursor: 'c1' }))
    expect(page.findAll('th.name')).toHaveLength(ITEMS.length)
  })

  it('says how to go on when there is nothing, and what happened when it failed', async () => {
    board.mockImplementation(async (query) => ({ region: 'test', subject: query.subject ?? 'person', period: query.period ?? 'all', as_of_position: 9, items: [], next: null }))
    expect((await open('/board?period=1999')).page.text()).toContain('有记录的时间是 2026 年 9 月 1 日 至 2026 年 11 月 23 日')
    board.mockRejectedValue(new Error('x'))
    expect((await open()).page.find('[role=alert]').exists()).toBe(true)
    region.value = regionOf({ first_date: null, last_date: null })
    expect((await open()).page.text()).toContain('jifen import')
  })
})

describe('the board on a phone', () => {
  it('neither asks for a ranking nor shows one', async () => {
    pretendPhone(true)
    const { page } = await open()
    expect(board).not.toHaveBeenCalled()
    expect(page.find('table').exists()).toBe(false)
    expect(page.find('.rank').exists()).toBe(false)
    expect(page.text()).not.toContain('未排名')
    expect(page.find('input[type=search]').exists()).toBe(true)
  })
})

it('exports the rows shown, numbers as numbers and no formulas', () => {
  const lines = boardCsv('person', ITEMS).trimEnd().split('\r\n')
  expect(lines).toHaveLength(ITEMS.length + 1)
  expect(lines[0]).toBe('\ufeff名次,姓名,编号,窗口,部门,积分,待定,办件,每件,效率,质量,创新,协同,说明')
  expect(lines[1]).toBe('1,王岚,P1,W7,D1,412.5,20,20,0.50,10,0,0,0,')
  expect(lines[3]).toBe("2,'=1+1,P3,W7,D1,-3,0,20,0.50,-3,0,0,0,")
  expect(lines[5]).toBe(',admin2,admin2,W7,D1,999,0,20,0.50,10,0,0,0,未排名 – 系统账号')
})

describe('a change of the live stream', () => {
  const change = {
    region: 'test', position: 9, received_at: '2026-11-23T12:00:00Z', subjects: [{ kind: 'person' as const, code: 'P1' }], any_subject: false, first_date: '2026-11-20',
    last_date: '2026-11-23', region_changed: false, entries: [], entries_left_out: 0,
  }

  it('is read again only where it can move something', () => {
    const moves = (subject: 'person' | 'window', period: string, over = {}) => touches({ ...change, ...over }, { subject, period })
    for (const period of ['2026-11-20', '2026-11-23', '2026-W47', '2026-W48', '2026-11', '2026-Q4', '2026', 'all']) expect(moves('person', period), period).toBe(true)
    for (const period of ['2026-11-19', '2026-11-24', '2026-W46', '2026-10', '2026-Q3', '2025']) expect(moves('person', period), period).toBe(false)
    expect(moves('window', '2026-11')).toBe(false)
    expect(moves('window', '2026-11', { subjects: [], any_subject: true })).toBe(true)
    expect(moves('person', 'all', { first_date: null, last_date: null })).toBe(false)
  })
})
