import { expect, it } from 'vitest'
import { item } from '@/testing'
import { arrange } from './ranks'

it('ties equal ranks together and puts those without a rank below', () => {
  const { ranked, unranked } = arrange([
    item({ subject: 'system', rank: null, actor_kind: 'system' }),
    item({ subject: 'a', rank: 1 }),
    item({ subject: 'b', rank: 2 }),
    item({ subject: 'few', rank: null, sufficient: false }),
    item({ subject: 'c', rank: 2 }),
    item({ subject: 'learns', rank: null, trainee: true, sufficient: false }),
    item({ subject: 'd', rank: 4 }),
    item({ subject: 'UNKNOWN', rank: null, actor_kind: 'unknown' }),
  ])
  expect(ranked.map(({ item: { subject }, tie }) => `${subject} ${tie}`)).toEqual(['a none', 'b first', 'c last', 'd none'])
  expect(unranked.map(({ reason }) => reason)).toEqual(['system', 'insufficient', 'trainee', 'unknown'])
})

it('ties the places of a band together and names them', () => {
  const near = { first: 1, last: 2 }
  const { ranked } = arrange([
    item({ subject: 'a', rank: 1, band: near }),
    item({ subject: 'b', rank: 2, band: near }),
    item({ subject: 'c', rank: 3, band: { first: 3, last: 3 } }),
  ])
  expect(ranked.map(({ tie, places }) => [tie, places])).toEqual([['first', '1–2'], ['last', '1–2'], ['none', null]])
})
