import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import type { Subject } from '@/api/types'
import { i18n } from '@/locales'
import { item, pretendPhone } from '@/testing'
import SubjectFigures from './SubjectFigures.vue'

const { subject: code, window: _w, department: _d, ...figures } = item({ rank: 4, provisional: '-5' })
const subject: Subject = { region: 'test', kind: 'person', code, period: '2026-11', as_of_position: 9, ...figures, rules: [], trend: [], rule_changes: [] }
const show = (over: Partial<Subject> = {}) => mount(SubjectFigures, { props: { subject: { ...subject, ...over } }, global: { plugins: [i18n] } }).text()

it('shows the rank on a desk, or why there is none', () => {
  pretendPhone(false)
  expect(show()).toContain('第 4 名')
  expect(show()).toContain('\u22125')
  expect(show({ rank: null, actor_kind: 'system' })).toContain('系统账号')
})

it('shows no rank on a phone, and no word of it', () => {
  pretendPhone(true)
  for (const text of [show(), show({ rank: null, sufficient: false })]) expect(text).not.toMatch(/名|排/)
})
