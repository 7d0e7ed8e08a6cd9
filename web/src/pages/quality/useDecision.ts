import { ref, shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import type { Problem } from '@/api/types'
import { said } from '@/ui/said'

/** What the server says against a decision, with the places it points at. */
export interface Refusal {
  text: string
  pointers: Problem['pointers']
}

/** Sends a decision once; what the server says against it is kept with the places it points at. */
export function useDecision() {
  const busy = ref(false)
  const refusal = shallowRef<Refusal | null>(null)
  // The same decision sent again after a broken connection is done once.
  let key = crypto.randomUUID()

  async function send<T>(post: (key: string) => Promise<T>): Promise<T | null> {
    if (busy.value) return null
    busy.value = true
    refusal.value = null
    try {
      const answer = await post(key)
      key = crypto.randomUUID()
      return answer
    } catch (cause) {
      const problem = cause instanceof ApiError ? cause.problem : {}
      refusal.value = { text: said(problem) || String(cause), pointers: problem.pointers ?? [] }
      // The server has answered: what comes next is another request.
      if (cause instanceof ApiError && cause.status !== 0) key = crypto.randomUUID()
      return null
    } finally {
      busy.value = false
    }
  }
  return { busy, refusal, send }
}
