// One and many in English; Chinese has one form.
import { afterAll, expect, test } from 'vitest'
import { setLocale, t } from '.'

afterAll(() => setLocale('zh-CN'))

test('a count chooses the form of its text', async () => {
  await setLocale('en')
  expect(t('organisation.people', { n: '1' })).toBe('1 person')
  expect(t('organisation.people', { n: '12' })).toBe('12 people')
  expect(t('organisation.people', { n: '0' })).toBe('0 people')
  await setLocale('zh-CN')
  expect(t('organisation.people', { n: '1' })).toContain('1')
})

test('texts of one form, or with a choice of their own, stay as they are', async () => {
  await setLocale('en')
  expect(t('search.count', { n: '1' }, 1)).toBe('1 result')
  expect(t('organisation.title')).toBe('Organisation')
})
