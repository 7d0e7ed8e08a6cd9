import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { api, ApiError } from '@/api/client'
import type { DraftChange, DraftDesk, DraftVocabulary } from '@/api/types'
import { said } from '@/ui/said'
import { withDeclared } from './completion'

/** Keys that name a table of the file by its id. */
const NAMED = ['sheet', 'composite', 'grade', 'honour', 'coefficient']
/** How long the text has to rest before it is looked at. */
const REST_MS = 350

/** What a rule file holds, as the server reads it. */
export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain }
export type Table = { [key: string]: Plain }
/** A step of a path from the file's top: a key, or a place in a list. */
export type Step = string | number

/** Reads the tables of a name; what is none is left out. */
export function tablesOf(document: Table | null, name: string): Table[] {
  const found = document?.[name]
  return Array.isArray(found) ? found.filter(isTable) : []
}

export const isTable = (value: Plain | undefined): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value)

export const tableOf = (value: Plain | undefined): Table => (isTable(value) ? value : {})

export const textOf = (value: Plain | undefined): string => (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '')

/** What a key of a table may name: the sheets, composites and so on of the file, the items of the table's own sheet; nothing else does. */
export function namesFor(key: string, table: Table, document: Table) {
  const sheet = key === 'item' ? tablesOf(document, 'sheet').find(({ id }) => id === table.sheet) : undefined
  const found = key === 'item' ? tablesOf(sheet ?? null, 'item') : NAMED.includes(key) ? tablesOf(document, key) : []
  const named = (each: Table) => ({ name: textOf(each.id), zh: textOf(each.title) || textOf(each.id), en: textOf(each.title_en) || textOf(each.title) || textOf(each.id) })
  return found.length === 0 ? undefined : found.map(named)
}

/** Changes within a table of a table at `path`: one of which nothing would be left goes as a whole, one that was a single value begins anew. */
export function within(name: string, parent: Table, path: Step[], changes: DraftChange[]): DraftChange[] {
  const at = path.length + 1
  const [change] = changes
  const key = change?.path[at]
  const gone = change?.value === null && change.path.length === at + 1 && Object.keys(tableOf(parent[name])).every((each) => each === key)
  if (gone) return [{ path: [...path, name], value: null }]
  if (parent[name] !== undefined && !isTable(parent[name]) && typeof key === 'string') return [{ path: [...path, name], value: { [key]: change?.value } }]
  return changes
}

/** One text and everything that is made from it: checks, values, sentences. */
export function useDesk(text: Ref<string>) {
  const desk = shallowRef<DraftDesk | null>(null)
  const everywhere = shallowRef<DraftVocabulary | null>(null)
  const refusal = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined
  let changing: Promise<void> = Promise.resolve()
  let left = false

  async function look(): Promise<void> {
    const asked = text.value
    if (desk.value?.text === asked) return
    try {
      const found = await api.writeDraft({ text: asked, changes: [] })
      // What was written meanwhile is looked at next.
      if (!left && text.value === asked) desk.value = found
      refusal.value = ''
    } catch (cause) {
      if (!left) refusal.value = words(cause)
    }
  }

  function words(cause: unknown): string {
    return cause instanceof ApiError ? said(cause.problem) || cause.message : String(cause)
  }

  /** Changes of a form, one after the other: each is made in the text that the one before left. */
  function write(changes: DraftChange[]): Promise<void> {
    changing = changing.then(async () => {
      const asked = text.value
      try {
        const found = await api.writeDraft({ text: asked, changes })
        if (left || text.value !== asked) return
        desk.value = found
        text.value = found.text
        refusal.value = ''
      } catch (cause) {
        refusal.value = words(cause)
      }
    })
    return changing
  }

  const stop = watch(
    text,
    (_, before) => {
      clearTimeout(timer)
      timer = setTimeout(() => void look(), before === undefined ? 0 : REST_MS)
    },
    { immediate: true },
  )
  void api.draftVocabulary().then(
    (found) => (everywhere.value = found),
    (cause: unknown) => (refusal.value = words(cause)),
  )
  onScopeDispose(() => {
    left = true
    clearTimeout(timer)
    stop()
  })

  /** Whether what is shown is of the text as it stands. */
  const fresh = computed(() => desk.value?.text === text.value)
  const document = computed(() => (desk.value?.document ?? null) as Table | null)
  // What the text declares stays known while a line of it is half written.
  const declared = shallowRef<DraftDesk['facts']>([])
  watch(desk, (found) => {
    if (found !== null && found.document !== null) declared.value = found.facts
  })
  const vocabulary = computed(() => (everywhere.value === null ? null : withDeclared(everywhere.value, declared.value)))
  return { desk, document, vocabulary, fresh, refusal, write }
}
