// How a board is read: who is ranked, who shares a rank, and why somebody has none.
import type { LeaderboardItem, Subject } from '@/api/types'

export type UnrankedReason = 'system' | 'unknown' | 'trainee' | 'insufficient' | 'other'

export interface RankedRow {
  item: LeaderboardItem
  rank: number
  /** `1–3` for a band of several. */
  places: string | null
  /** Place in a group whose order means nothing, a band within noise or equal points: alone, or first, inner, last of it. */
  tie: 'none' | 'first' | 'inner' | 'last'
}

export interface UnrankedRow {
  item: LeaderboardItem
  reason: UnrankedReason
}

export function reasonUnranked(item: Pick<Subject, 'actor_kind' | 'sufficient' | 'trainee'>): UnrankedReason {
  if (item.actor_kind === 'system' || item.actor_kind === 'unknown') return item.actor_kind
  if (item.trainee) return 'trainee'
  return item.sufficient ? 'other' : 'insufficient'
}

function placesOf({ band }: LeaderboardItem): string | null {
  return band === null || band.first === band.last ? null : `${band.first}–${band.last}`
}

function together(above: RankedRow | undefined, below: RankedRow | undefined): boolean {
  if (above === undefined || below === undefined) return false
  return above.rank === below.rank || (above.item.band !== null && above.item.band.first === below.item.band?.first)
}

/** Splits a board into the ranking and the group below it; the server's order is kept inside both. */
export function arrange(items: readonly LeaderboardItem[]): { ranked: RankedRow[]; unranked: UnrankedRow[] } {
  const ranked: RankedRow[] = []
  const unranked: UnrankedRow[] = []
  for (const item of items) {
    if (item.rank === null) unranked.push({ item, reason: reasonUnranked(item) })
    else ranked.push({ item, rank: item.rank, places: placesOf(item), tie: 'none' })
  }
  ranked.forEach((row, index) => {
    const before = together(ranked[index - 1], row)
    const after = together(row, ranked[index + 1])
    row.tie = before ? (after ? 'inner' : 'last') : after ? 'first' : 'none'
  })
  return { ranked, unranked }
}
