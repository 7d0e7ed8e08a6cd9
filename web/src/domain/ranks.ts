// How a board is read: who is ranked, who shares a rank, and why somebody has none.
import type { LeaderboardItem, Subject } from '@/api/types'

export type UnrankedReason = 'system' | 'unknown' | 'insufficient' | 'other'

export interface RankedRow {
  item: LeaderboardItem
  rank: number
  /** Place in a group of equal points: alone, or first, inner, last of the tie. */
  tie: 'none' | 'first' | 'inner' | 'last'
}

export interface UnrankedRow {
  item: LeaderboardItem
  reason: UnrankedReason
}

export function reasonUnranked(item: Pick<Subject, 'actor_kind' | 'sufficient'>): UnrankedReason {
  if (item.actor_kind === 'system' || item.actor_kind === 'unknown') return item.actor_kind
  return item.sufficient ? 'other' : 'insufficient'
}

/** Splits a board into the ranking and the group below it; the server's order is kept inside both. */
export function arrange(items: readonly LeaderboardItem[]): { ranked: RankedRow[]; unranked: UnrankedRow[] } {
  const ranked: RankedRow[] = []
  const unranked: UnrankedRow[] = []
  for (const item of items) {
    if (item.rank === null) unranked.push({ item, reason: reasonUnranked(item) })
    else ranked.push({ item, rank: item.rank, tie: 'none' })
  }
  ranked.forEach((row, index) => {
    const before = ranked[index - 1]?.rank === row.rank
    const after = ranked[index + 1]?.rank === row.rank
    row.tie = before ? (after ? 'inner' : 'last') : after ? 'first' : 'none'
  })
  return { ranked, unranked }
}
