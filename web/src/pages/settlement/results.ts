// What a settlement holds, sorted out for the page: one kind of subject at a time, or one person's results as lines.
import type { Settlement, SettlementDefinition, SettlementSubject, SubjectKind } from '@/api/types'

interface Rows {
  rows: readonly { who: SettlementSubject }[]
}

const of = (kind: SubjectKind) => (row: { who: SettlementSubject }) => row.who.kind === kind

function some<T extends Rows>(list: readonly T[], kind: SubjectKind): T[] {
  return list.map((one) => ({ ...one, rows: one.rows.filter(of(kind)) })).filter((one) => one.rows.length > 0)
}

/** The results of one kind of subject. */
export function narrowed(settled: Settlement, kind: SubjectKind): Settlement {
  return {
    ...settled,
    composites: some(settled.composites, kind),
    grades: some(settled.grades, kind),
    vetoes: some(settled.vetoes, kind),
    cards: some(settled.cards, kind),
    honours: settled.honours
      .map((honour) => ({ ...honour, leagues: some(honour.leagues, kind) }))
      .filter((honour) => honour.leagues.length > 0),
    proposals: some(settled.proposals, kind),
    payouts: some(settled.payouts, kind),
  }
}

function lists(settled: Settlement): Rows[] {
  const { composites, grades, vetoes, cards, honours, proposals, payouts } = settled
  return [...composites, ...grades, ...vetoes, ...cards, ...honours.flatMap((honour) => honour.leagues), ...proposals, ...payouts]
}

/** How many of a kind have a result. */
export function countOf(settled: Settlement, kind: SubjectKind): number {
  const rows = lists(settled).flatMap((list) => list.rows)
  return new Set(rows.filter(of(kind)).map((row) => row.who.code)).size
}

/** Where a result comes from: the subject's own page in that period, at the first of the rules. */
export function sourceOf(who: SettlementSubject, period: string, rules: readonly string[] = []) {
  const [rule] = rules
  return { path: `/subject/${who.kind}/${encodeURIComponent(who.code)}`, query: { period, ...(rule === undefined ? {} : { rule }) } }
}

/** How many rows came to each word, in the order of the rows. */
export function counted<T>(rows: readonly T[], word: (row: T) => string): { word: string; count: number }[] {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(word(row), (counts.get(word(row)) ?? 0) + 1)
  return [...counts].map(([name, count]) => ({ word: name, count }))
}

/** What definitions share. */
export type Defined = { definition: SettlementDefinition }
