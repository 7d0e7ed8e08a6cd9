import { expect, it } from 'vitest'
import { numeric, textual, toCsv } from './csv'

const line = (csv: string) => csv.split('\r\n')[1]

it('begins with a BOM and ends every line as RFC 4180 says', () => {
  expect(toCsv(['a', 'b'], [[numeric(1), textual('x')]])).toBe('\ufeffa,b\r\n1,x\r\n')
})

it('quotes commas, quotes and line breaks', () => {
  expect(line(toCsv(['h'], [[textual('a,"b"')]]))).toBe('"a,""b"""')
  expect(toCsv(['h'], [[textual('a\nb')]])).toContain('"a\nb"')
})

it.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx'])('turns the text %j into no formula', (text) => {
  expect(line(toCsv(['h'], [[textual(text)]]))?.replace(/^"/, '').startsWith("'")).toBe(true)
})

it('keeps numbers numeric, losses too, and leaves nothing for none', () => {
  expect(line(toCsv(['h'], [[numeric('-3'), numeric('0.5'), numeric(null), numeric(12)]]))).toBe('-3,0.5,,12')
  expect(line(toCsv(['h'], [[numeric('-3;x')]]))).toBe("'-3;x")
})
