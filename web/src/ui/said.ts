import type { ApiError } from '@/api/client'
import { show } from '@/locales'

/** What a problem says, in the reader's language where it is known in it. */
export function said(problem: ApiError['problem']): string {
  const detail = show.pick(problem.detail_zh ?? problem.detail ?? '', problem.detail ?? '')
  return [show.pick(problem.title ?? '', problem.title_en ?? ''), detail].filter(Boolean).join(' – ')
}
