import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { i18n } from '@/locales'
import ClockPanel from './ClockPanel.vue'

const definition = { id: 'public', title: '月度公示', title_en: 'Publication', sentence_zh: '', sentence_en: '' }
const none = { definition, of: ['sheet'], publish_by: null, public_until: null, appeal_from: null, appeal_until: null, answer_by: null, waiting: null }
const clock = (days: object) => ({ period: '2026-11', results: '月度评分', results_en: 'Month', days: { ...none, ...days } })

it('says until when what an entry leads to can be appealed against', () => {
  const panel = mount(ClockPanel, { props: { clocks: [clock({ publish_by: '2026-12-07', appeal_until: '2026-12-18' }), clock({ waiting: 'calendar_year_unknown:2027' })] }, global: { plugins: [i18n] } })
  const told = panel.text()
  expect(told).toContain('月度评分')
  expect(panel.findAll('dd')).toHaveLength(2)
  expect(told).toContain('2027')
})

it('is not there without clocks', () => {
  expect(mount(ClockPanel, { props: { clocks: [] }, global: { plugins: [i18n] } }).find('section').exists()).toBe(false)
})
