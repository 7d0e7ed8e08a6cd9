// RFC 4180 with a BOM, so that spreadsheets read it as UTF-8.

export type Cell = { number: string | null } | { text: string | null }

export const numeric = (value: string | number | null): Cell => ({ number: value === null ? null : String(value) })
export const textual = (value: string | null): Cell => ({ text: value })

const NUMBER = /^-?\d+(\.\d+)?$/
/** A cell that begins so is a formula to a spreadsheet; a leading apostrophe makes it text again. */
const FORMULA = /^[=+\-@\t\r]/

function field(cell: Cell): string {
  if ('number' in cell && cell.number !== null && NUMBER.test(cell.number)) return cell.number
  const raw = 'number' in cell ? cell.number : cell.text
  if (raw === null) return ''
  const safe = FORMULA.test(raw) ? `'${raw}` : raw
  return /[",\r\n]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function toCsv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = [header.map((title) => textual(title)), ...rows].map((row) => row.map(field).join(','))
  return `\ufeff${lines.join('\r\n')}\r\n`
}

export function download(name: string, content: string | Blob, type: string): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
