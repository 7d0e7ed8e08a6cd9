import { computed, nextTick, watch } from 'vue'
import { useRoute } from 'vue-router'
import { api } from '@/api/client'
import { ensureRegion } from '@/api/region'
import { useLoad } from '@/api/useLoad'
import { compact, useQuery } from '@/ui/useQuery'

/** The rule book of the day in the address; the rule in its fragment is marked and brought into view. */
export function useRules() {
  const route = useRoute()
  const { read, write } = useQuery()
  const asked = computed(() => read('date'))
  const { data: book, error, busy, reload } = useLoad(asked, async (signal) => {
    await ensureRegion(signal)
    return api.rules(compact({ date: asked.value }), signal)
  })
  const marked = computed(() => {
    const asked = route.hash.startsWith('#rule-') ? decodeURIComponent(route.hash.slice('#rule-'.length)) : ''
    // A sheet's own entries, `SHEET/base` and the like, lead to the sheet.
    const sheet = book.value?.sets.flatMap((set) => set.sheets).find(({ id }) => asked.startsWith(`${id}/`))
    return sheet?.id ?? asked
  })
  /** A rule the address asks for that is not in the book of this day. */
  const missing = computed(() => {
    const known = book.value?.sets.some((set) => [...set.rules, ...set.sheets, ...set.reclasses, ...set.consequences].some(({ id }) => id === marked.value)) ?? true
    return marked.value === '' || known ? '' : marked.value
  })

  // The element is there only after the book is.
  watch([book, marked], async ([loaded, rule]) => {
    if (loaded === null || rule === '') return
    await nextTick()
    const article = document.getElementById(`rule-${rule}`)
    article?.scrollIntoView({ block: 'start' })
    article?.focus({ preventScroll: true })
  }, { immediate: true })

  return { book, error, busy, reload, asked, choose: (date: string) => write({ date }), marked, missing }
}
