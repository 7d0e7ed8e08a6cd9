// The CSV holds exactly the rows and columns on the screen, in the reader's language; numbers stay numbers.
import { DIMENSIONS, type LeaderboardItem, type SubjectKind } from '@/api/types'
import { numeric, textual, toCsv, type Cell } from '@/domain/csv'
import { arrange } from '@/domain/ranks'
import { show, t } from '@/locales'

export function boardCsv(subject: SubjectKind, items: readonly LeaderboardItem[]): string {
  const person = subject === 'person'
  const header = [
    t('board.rank'),
    t(`board.names.${subject}`),
    t('board.code'),
    ...(person ? [t('board.window'), t('board.department')] : []),
    t('board.points'),
    ...(person ? [] : [t('board.own'), t('board.members')]),
    t('board.provisional'),
    t('board.services'),
    t('board.perService'),
    ...DIMENSIONS.map((code) => t(`dimensions.${code}`)),
    t('board.reason'),
  ]
  const row = (item: LeaderboardItem, reason: string): Cell[] => [
    numeric(item.rank),
    textual(show.name(item, item.subject)),
    textual(item.subject),
    ...(person ? [textual(item.window), textual(item.department)] : []),
    numeric(item.points),
    ...(person ? [] : [numeric(item.own_points), numeric(item.members_points)]),
    numeric(item.provisional),
    numeric(item.services),
    numeric(item.points_per_service),
    ...DIMENSIONS.map((code) => numeric(item.dimensions[code])),
    textual(reason),
  ]
  const { ranked, unranked } = arrange(items)
  return toCsv(header, [
    ...ranked.map(({ item }) => row(item, '')),
    ...unranked.map(({ item, reason }) => row(item, `${t('board.unranked')} – ${t(`board.reasons.${reason}`)}`)),
  ])
}
