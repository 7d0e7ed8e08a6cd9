import { enableAutoUnmount, flushPromises, mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { api, ApiError } from '@/api/client'
import { region } from '@/api/region'
import type { HallNow } from '@/api/types'
import { i18n } from '@/locales'
import { pretendPhone, regionOf } from '@/testing'
import CockpitPage from './CockpitPage.vue'

function hallNow(over: Partial<HallNow> = {}): HallNow {
  return {
    region: 'test', as_of_position: 9, behind: 0, basis: 'clock', now: '2026-11-23T04:00:00.000Z', date: '2026-11-23', latest: '2026-11-23T03:59:00.000Z',
    thresholds: { wait_promised_ms: 900_000, stalled_ms: 600_000, near_due_ms: 86_400_000, satisfied_level: 3 },
    halls: [{ code: 'H1', name: '大厅' }],
    queue: { waiting: 57, over: 4, wait_mean_ms: 660_000, wait_longest_ms: 1_440_000, waited_mean_ms: 500_000, called_today: 10, called_in_time: 9, at_window: 3, ended: 1842, abandoned: 2, no_show: 1 },
    windows: { open: 163, serving: 150, idle: 12, stalled: 1, paused: 6, closed: 31, total: 200 },
    cases: { open: 40, overdue: 2, near: 5, running: 30, suspended: 3 },
    satisfaction: { ratings: 1839, active: 754, satisfied: 727, percent: '96.4', percent_low: '95.1', percent_high: '97.4', active_percent: '41.0' },
    points: { points: '9214', provisional: '1130' },
    zones: [{ zone: 'tax', name: '税务区', hall: 'H1', waiting: 19, over: 4, wait_mean_ms: 700_000, wait_longest_ms: 1_440_000, windows_open: 19, windows_total: 20, ended: 300, half_hours: [{ from: '2026-11-23T01:00:00.000Z', taken: 8, called: 6 }] }],
    alerts: [{ kind: 'stalled', count: 1, duration_ms: 1_920_000, since: '2026-11-23T03:28:00.000Z', waiting: 9, zone: { code: 'tax', name: '税务区' }, department: { code: 'tax', name: '税务局' }, windows: [{ code: 'W11', name: '11 号窗口', person: 'G1', person_name: '周启' }] }],
    beyond: 0, ...over,
  }
}

const now = vi.spyOn(api, 'now')
beforeEach(() => {
  region.value = regionOf()
  pretendPhone(false)
  now.mockReset()
  now.mockImplementation(async () => hallNow())
})
enableAutoUnmount(afterEach)

async function open(path = '/cockpit') {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/cockpit', component: CockpitPage }, { path: '/:any(.*)*', component: { template: '<i />' } }] })
  await router.push(path)
  const page = mount(CockpitPage, { global: { plugins: [i18n, router] }, attachTo: document.body })
  await flushPromises()
  return page
}

describe('the cockpit', () => {
  it('opens the list of every figure, for the hall in the address', async () => {
    const page = await open('/cockpit?hall=H1')
    expect(now).toHaveBeenLastCalledWith({ hall: 'H1' }, expect.anything())
    const link = (key: string) => page.find(`[data-figure=${key}] a`).attributes('href')
    expect(page.find('[data-figure=waiting]').text()).toContain('57')
    expect(link('waiting')).toBe('/now/services?hall=H1&state=waiting')
    expect(link('windows')).toBe('/now/windows?hall=H1&state=stalled,serving,idle')
    expect(link('satisfaction')).toBe('/now/ratings?hall=H1&active=true')
    expect(link('points')).toBe('/subject/hall/H1?period=2026-11-23')
    expect((await open()).find('[data-figure=points] a').attributes('href')).toBe('/board?period=2026-11-23')
  })

  it('names the responsible window of an alert and leads to its list', async () => {
    const alert = (await open()).find('.alerts li[data-kind=stalled]')
    expect(alert.text()).toContain('32 分没有叫号，9 人在等')
    expect(alert.find('.who').text()).toBe('11 号窗口（周启）')
    expect(alert.find('.who').attributes('href')).toBe('/subject/window/W11')
    expect(alert.find('a').attributes('href')).toBe('/now/windows?state=stalled&zone=tax')
  })

  it('says which clock tells the time, and that nothing came yet', async () => {
    expect((await open()).find('.mark').text()).toContain('实时 12:00:00')
    now.mockImplementation(async () => hallNow({ basis: 'business' }))
    expect((await open()).find('.mark').text()).toContain('数据截至 12:00:00')
    now.mockImplementation(async () => hallNow({ date: null, cases: { open: 0, overdue: 0, near: 0, running: 0, suspended: 0 } }))
    expect((await open()).find('.state').text()).toContain('今天还没有大厅的业务事件')
  })

  it('says what failed when there is nothing to show', async () => {
    now.mockImplementation(async () => Promise.reject(new ApiError(0, {})))
    expect((await open()).find('.state[data-tone=loss]').text()).toContain('连不上服务器')
  })
})
