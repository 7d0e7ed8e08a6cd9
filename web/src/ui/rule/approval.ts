import type { Approval, Seat } from '@/api/types'
import { locale, t } from '@/locales'

const SEATS: readonly Seat[] = ['staff', 'citizen', 'expert']

/** Who approved, by kind: `工作人员代表 2 人、群众代表 1 人`; with the names the reader may know. */
export function approvedBy(approvals: readonly Approval[]): string {
  const groups = SEATS.map((seat) => ({ seat, own: approvals.filter((approval) => approval.seat === seat) })).filter(({ own }) => own.length > 0)
  const words = groups.map(({ seat, own }) => {
    const names = own.map(({ account }) => account).filter((account) => account !== null)
    const count = t('drafts.seatCount', { seat: t(`drafts.seats.${seat}`), n: own.length })
    if (names.length === 0) return count
    return locale.value === 'en' ? `${count} (${names.join(', ')})` : `${count}（${names.join('、')}）`
  })
  return words.join(t('rules.comma'))
}
