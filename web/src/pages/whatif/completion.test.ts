import { expect, it } from 'vitest'
import type { DraftVocabulary } from '@/api/types'
import { offersAt, withDeclared } from './completion'

const key = (name: string, takes: 'text' | 'word' | 'expression' | 'table' = 'text', words: string[] = []) => ({ name, zh: name, en: name, takes, words: words.map((word) => ({ name: word, zh: word, en: word })) })
const vocabulary: DraftVocabulary = {
  tables: [
    { place: '', keys: [key('format'), key('rule', 'table')] },
    { place: 'ruleset', keys: [key('id')] },
    { place: 'rule', keys: [key('id'), key('on', 'word', ['service', 'rating']), key('when', 'expression'), { ...key('exempt', 'text', ['outage', 'leave']), takes: 'list' }, key('sheet'), key('cap', 'table')] },
    { place: 'rule.band', keys: [key('upto'), key('points')] },
    { place: 'rule.cap', keys: [key('per', 'word', ['day', 'month']), key('max')] },
    { place: 'sheet', keys: [key('id')] },
  ],
  facts: [
    { kind: 'service', fields: [{ name: 'service_ms', zh: '办理时长', en: 'service time', holds: 'duration' }] },
    { kind: 'rating', fields: [{ name: 'level', zh: '评价等级', en: 'level', holds: 'integer' }] },
  ],
}

/** What is offered where `|` stands. */
function offered(text: string): string[] | null {
  const at = text.indexOf('|')
  const found = offersAt(text.replace('|', ''), at, vocabulary)
  return found === null ? null : found.offers.map((offer) => offer.text)
}

it('knows the keys of the table it stands in', () => {
  expect(offered('|')).toEqual(['format', 'rule'])
  expect(offered('[[rule]]\nid = "a"\nw|')).toEqual(['id', 'on', 'when', 'exempt', 'sheet', 'cap'])
  expect(offered('[[rule]]\n[[rule.band]]\n|')).toEqual(['upto', 'points'])
  expect(offered('[[rule]]\ncap = { per = "day", m|')).toEqual(['per', 'max'])
  expect(offered('[[ru|')).toEqual(['rule', 'rule.band', 'rule.cap', 'sheet'])
})

it('knows words, fields of the kind of fact, and ids', () => {
  expect(offered('[[rule]]\non = |')).toEqual(['"service"', '"rating"'])
  expect(offered('[[rule]]\non = "r|')).toEqual(['"service"', '"rating"'])
  expect(offered('[[rule]]\nexempt = ["outage", "l|')).toEqual(['"outage"', '"leave"'])
  expect(offered('[[rule]]\ncap = { per = |')).toEqual(['"day"', '"month"'])
  expect(offered('[[rule]]\non = "rating"\nwhen = "fact.le|"')).toEqual(['level'])
  expect(offered('[[rule]]\nwhen = "fact.|"\non = "service"\n[[rule]]\non = "rating"')).toEqual(['service_ms'])
  expect(offered('[[rule]]\non = "rating"\n[[rule.example]]\nfacts = [{ |')).toEqual(['level'])
  expect(offered('[[sheet]]\nid = "month"\n[[rule]]\nsheet = |')).toEqual(['"month"'])
  expect(offered('[[rule]]\nwhen = "|')).toEqual(['fact.'])
})

it('knows the types that the text declares', () => {
  const declared = withDeclared(vocabulary, [{ kind: 'fact:lesson', fields: [{ name: 'mark', zh: '评分', en: 'mark', holds: 'decimal' }] }])
  const at = (text: string) => offersAt(text.replace('|', ''), text.indexOf('|'), declared)?.offers.map((offer) => offer.text)
  expect(at('[[fact]]\nid = "lesson"\n[[rule]]\non = |')).toEqual(['"service"', '"rating"', '"fact:lesson"'])
  expect(at('[[rule]]\non = "fact:lesson"\nvalue = "fact.m|"')).toEqual(['mark'])
})

it('is silent where nothing is known', () => {
  expect(offered('# 说|')).toBeNull()
  expect(offered('[[rule]]\nid = "a|')).toBeNull()
})
