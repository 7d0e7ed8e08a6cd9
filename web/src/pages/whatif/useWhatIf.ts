import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api, ApiError } from '@/api/client'
import { ensureRegion } from '@/api/region'
import type { WhatIf } from '@/api/types'
import { useLoad } from '@/api/useLoad'
import { useQuery } from '@/ui/useQuery'

/** How often a what-if under way is asked about. */
const EVERY_MS = 700

/** The what-if whose number is in the address, followed until it ends. */
export function useWhatIf() {
  const { read, write } = useQuery()
  const id = computed(() => read('id'))
  const run = shallowRef<WhatIf | null>(null)
  const error = shallowRef<unknown>(null)
  const gone = ref(false)
  const kind = computed(() => read('kind') || 'person')
  const order = computed(() => read('order') || 'change')
  let timer: ReturnType<typeof setTimeout> | undefined
  let left = false

  async function follow(): Promise<void> {
    clearTimeout(timer)
    const wanted = id.value
    if (wanted === '') {
      run.value = null
      return
    }
    try {
      const found = await api.whatIf(Number(wanted))
      if (left || wanted !== id.value) return
      run.value = found
      error.value = null
      if (found.state !== 'running') return
    } catch (cause) {
      if (left || wanted !== id.value) return
      gone.value = cause instanceof ApiError && cause.status === 404
      // Silence may end: the answer is still being worked out.
      if (!(cause instanceof ApiError && cause.status === 0)) {
        run.value = null
        error.value = gone.value ? null : cause
        return
      }
    }
    timer = setTimeout(() => void follow(), EVERY_MS)
  }

  watch(
    id,
    () => {
      gone.value = false
      error.value = null
      if (run.value !== null && String(run.value.id) !== id.value) run.value = null
      void follow()
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    left = true
    clearTimeout(timer)
  })

  /** The versions a draft may begin with, what was asked before, and who decides on drafts. */
  const { data: book, error: unread, reload } = useLoad(() => null, async (signal) => {
    await ensureRegion(signal)
    const [rules, past, committee, drafts] = await Promise.all([api.rules({}, signal), api.whatIfs(signal), api.committee(signal), api.drafts(signal)])
    return { rules, past: past.items, committee, drafts: drafts.items }
  })

  async function cancel(): Promise<void> {
    if (run.value !== null) await api.cancelWhatIf(run.value.id).catch(() => undefined)
    void follow()
  }

  return { id, run, error, gone, kind, order, write, cancel, book, unread, reload }
}
