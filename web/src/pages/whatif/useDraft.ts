import { onScopeDispose, ref, watch } from 'vue'

const STORED = 'jifen.draft'

function stored(): string {
  try {
    return sessionStorage.getItem(STORED) ?? ''
  } catch {
    return ''
  }
}

/** Lays a text on the desk of the page that tries drafts. */
export function keepDraft(text: string): void {
  try {
    sessionStorage.setItem(STORED, text)
  } catch {
    /* not kept, that is all */
  }
}

/** The draft being written; it outlives a reload of the tab, and nothing else. */
export function useDraft() {
  const text = ref(stored())
  const stop = watch(text, keepDraft)
  onScopeDispose(stop)
  return text
}

/** Where a line and column (in characters) lie in a text, in UTF-16 units. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n')
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0)
  const within = [...(lines[line - 1] ?? '')].slice(0, column - 1).join('')
  return Math.min(before + within.length, text.length)
}
