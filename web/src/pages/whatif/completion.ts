// What may be written at a place of a rule file: keys by table, words by key, fields by the kind of fact, ids by what the text holds.
import type { DraftVocabulary, VocabularyKey } from '@/api/types'

export interface Offer {
  /** What is put into the text. */
  text: string
  /** What it is called. */
  zh: string
  en: string
  kind: 'key' | 'table' | 'word' | 'field' | 'id'
}

export interface Offers {
  /** Where what is being written begins. */
  from: number
  offers: Offer[]
}

const HEADING = /^\s*\[{1,2}\s*([\w.]+)\s*\]{1,2}/

/** The table in which a line stands, and the lines of the table it is part of: from its own `[[rule]]` to the next. */
function headingAbove(lines: readonly string[], line: number): string {
  for (let at = line; at >= 0; at -= 1) {
    const found = HEADING.exec(lines[at] ?? '')
    if (found !== null) return found[1] ?? ''
  }
  return ''
}

/** The kind of fact that the rule around a line reads. */
function factOf(lines: readonly string[], line: number): string | null {
  const starts = (text: string) => /^\s*\[\[(rule|reclass)\]\]/.test(text)
  let first = line
  while (first > 0 && !starts(lines[first] ?? '')) first -= 1
  for (let at = first; at < lines.length && (at === first || !starts(lines[at] ?? '')); at += 1) {
    const found = /^\s*on\s*=\s*["']([\w:.-]+)["']/.exec(lines[at] ?? '')
    if (found !== null) return found[1] ?? null
  }
  return null
}

/** The ids of all tables of a name that the text holds. */
function idsOf(lines: readonly string[], table: string): string[] {
  const found: string[] = []
  let inside = false
  for (const line of lines) {
    const heading = HEADING.exec(line)
    if (heading !== null) inside = heading[1] === table
    const id = inside ? /^\s*id\s*=\s*["']([^"']+)["']/.exec(line) : null
    if (id !== null) found.push(id[1] ?? '')
  }
  return found
}

/** The vocabulary with the fact types that a text declares: `on` names them whole. */
export function withDeclared(vocabulary: DraftVocabulary, declared: DraftVocabulary['facts']): DraftVocabulary {
  if (declared.length === 0) return vocabulary
  const names = declared.map(({ kind }) => ({ name: kind, zh: kind, en: kind }))
  const words = (key: VocabularyKey) => (key.name === 'on' ? { ...key, words: [...key.words.filter(({ name }) => name !== 'fact:'), ...names] } : key)
  return { tables: vocabulary.tables.map((table) => ({ ...table, keys: table.keys.map(words) })), facts: [...vocabulary.facts, ...declared] }
}

/** The keys of a table; scopes and caps are alike wherever they stand. */
export function keysOf(vocabulary: DraftVocabulary, place: string): VocabularyKey[] {
  const last = place.split('.').at(-1) ?? ''
  const own = vocabulary.tables.find((table) => table.place === place)
  return (own ?? vocabulary.tables.find((table) => table.place !== '' && table.place.split('.').at(-1) === last))?.keys ?? []
}

/** One key of a table; what is not known is shown by its name. */
export function keyOf(vocabulary: DraftVocabulary, place: string, name: string): VocabularyKey {
  return keysOf(vocabulary, place).find((key) => key.name === name) ?? { name, zh: name, en: name, takes: 'text', words: [] }
}

/** Tables within lines: what is open before the caret, by the keys they stand behind. */
function opened(before: string): { keys: string[]; rest: string } {
  const keys: string[] = []
  let rest = ''
  let quote = ''
  let key = ''
  for (const [index, sign] of [...before].entries()) {
    if (quote !== '') {
      if (sign === quote) quote = ''
    } else if (sign === '"' || sign === "'") quote = sign
    else if (sign === '#') return { keys: [], rest: '#' }
    else if (sign === '{') {
      keys.push(key)
      rest = ''
      continue
    } else if (sign === '}') {
      keys.pop()
      rest = ''
      continue
    } else if (sign === ',' && keys.length > 0 && !/\[[^\]]*$/.test(rest)) {
      rest = ''
      continue
    }
    rest += sign
    const named = /([\w-]+)\s*=\s*\[?\s*$/.exec([...before].slice(0, index + 1).join(''))
    if (named !== null) key = named[1] ?? ''
  }
  return { keys, rest }
}

const quoted = (text: string) => `"${text}"`

/** What may be written at an offset; `null` where nothing is known. */
export function offersAt(text: string, offset: number, vocabulary: DraftVocabulary): Offers | null {
  const lines = text.split('\n')
  const line = text.slice(0, offset).split('\n').length - 1
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset)
  const heading = /^\s*\[{1,2}\s*([\w.]*)$/.exec(before)
  if (heading !== null) {
    const written = heading[1] ?? ''
    const double = /^\s*\[\[/.test(before)
    const places = vocabulary.tables.filter(({ place }) => place !== '' && (place === 'ruleset') !== double)
    return { from: offset - written.length, offers: places.map(({ place }) => ({ text: place, zh: '', en: '', kind: 'table' })) }
  }
  const field = /fact\.(\w*)$/.exec(before)
  const fact = factOf(lines, line)
  if (field !== null) {
    const fields = vocabulary.facts.find(({ kind }) => kind === fact)?.fields ?? []
    return { from: offset - (field[1] ?? '').length, offers: fields.map(({ name, zh, en }) => ({ text: name, zh, en, kind: 'field' })) }
  }
  const { keys, rest } = opened(before)
  const top = headingAbove(lines, line)
  const place = [...(top === '' ? [] : [top]), ...keys].join('.')
  const known = keysOf(vocabulary, place)
  // Facts of an example have the fields of their kind for keys.
  if (keys.at(-1) === 'facts') {
    const key = /(?:^|[,\s])([\w]*)$/.exec(rest)
    if (key === null || rest.includes('=')) return null
    const fields = vocabulary.facts.find(({ kind }) => kind === fact)?.fields ?? []
    return { from: offset - (key[1] ?? '').length, offers: fields.map(({ name, zh, en }) => ({ text: name, zh, en, kind: 'field' })) }
  }
  const key = /^\s*([\w-]*)$/.exec(rest)
  if (key !== null) {
    return { from: offset - (key[1] ?? '').length, offers: known.map(({ name, zh, en }) => ({ text: name, zh, en, kind: 'key' })) }
  }
  const value = /([\w-]+)\s*=\s*(?:\[\s*(?:["'][^"']*["']\s*,\s*)*)?(["']?[\w:.-]*)$/.exec(rest)
  if (value === null) return null
  const [, name = '', written = ''] = value
  const from = offset - written.length
  const words = known.find((each) => each.name === name)?.words ?? []
  if (words.length > 0) return { from, offers: words.map((word) => ({ text: quoted(word.name), zh: word.zh, en: word.en, kind: 'word' })) }
  const pointed = name === 'rules' ? 'rule' : name === 'item' ? 'sheet.item' : name
  const ids = ['sheet', 'item', 'coefficient', 'composite', 'grade', 'honour', 'rules'].includes(name) ? idsOf(lines, pointed) : []
  if (ids.length > 0) return { from, offers: [...new Set(ids)].map((id) => ({ text: quoted(id), zh: '', en: '', kind: 'id' })) }
  const takes = known.find((each) => each.name === name)?.takes
  if (takes === 'expression' && /^["']$/.test(written)) return { from: offset, offers: [{ text: 'fact.', zh: '', en: '', kind: 'field' }] }
  return null
}
