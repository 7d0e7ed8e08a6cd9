import { shallowRef } from 'vue'

/** A page of a list: rows, and where the next one begins. */
interface Page {
  items: readonly unknown[]
  next?: string | null
}

/**
 * Rows after a first page, a page at a time. `begin` is told where each first page ends; a page asked for before that is dropped.
 * `taken` sees every further page.
 */
export function useMore<P extends Page>(ask: (cursor: string) => Promise<P>, taken: (page: P) => void = () => undefined) {
  const extra = shallowRef<P['items'][number][]>([])
  const next = shallowRef<string | null>(null)
  const moreBusy = shallowRef(false)
  const moreFailed = shallowRef(false)
  /** How many first pages there have been. */
  const begun = shallowRef(0)

  function begin(cursor: string | null | undefined): void {
    begun.value += 1
    extra.value = []
    next.value = cursor ?? null
    moreBusy.value = false
    moreFailed.value = false
  }

  async function more(): Promise<void> {
    if (next.value === null || moreBusy.value) return
    const mine = begun.value
    moreBusy.value = true
    moreFailed.value = false
    try {
      const page = await ask(next.value)
      if (mine !== begun.value) return
      extra.value = [...extra.value, ...page.items]
      next.value = page.next ?? null
      taken(page)
    } catch {
      if (mine !== begun.value) return
      moreFailed.value = true
    }
    moreBusy.value = false
  }

  return { extra, next, begun, begin, more, moreBusy, moreFailed }
}
