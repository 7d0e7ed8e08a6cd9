import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { api } from '@/api/client'
import { ensureRegion, region } from '@/api/region'
import { DIMENSIONS, type SubjectKind } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { granularityOf, periodOf } from '@/domain/period'
import { useQuery } from '@/ui/useQuery'

/** The subject and period of the address. */
export function useSubject() {
  const route = useRoute()
  const { read, write } = useQuery()

  const kind = computed(() => String(route.params.kind) as SubjectKind)
  const code = computed(() => String(route.params.code))
  const span = computed(() => {
    const { first_date: first, last_date: last } = region.value ?? {}
    return first && last ? { first, last } : null
  })
  const period = computed(() => {
    const asked = read('period')
    return granularityOf(asked) !== null ? asked : span.value === null ? 'all' : periodOf(span.value.last, 'month')
  })
  const rule = computed(() => read('rule'))
  const dimension = computed(() => DIMENSIONS.find((known) => known === read('dimension')) ?? '')

  const { data, error, busy, reload } = useLoad(
    () => JSON.stringify([kind.value, code.value, read('period')]),
    async (signal) => {
      await ensureRegion(signal)
      return api.subject({ kind: kind.value, code: code.value }, { period: period.value }, signal)
    },
  )

  return { kind, code, period, span, rule, dimension, write, subject: data, error, busy, reload }
}
