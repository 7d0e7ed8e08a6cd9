import { expect, it } from 'vitest'
import { key, keyOfFragment, takeKeyFromAddress } from './session'

it('takes the key out of the address and keeps it for the tab', () => {
  history.replaceState(null, '', '/board?period=2026#key=abc%2B1')
  takeKeyFromAddress()
  expect(key.value).toBe('abc+1')
  expect(sessionStorage.getItem('jifen.key')).toBe('abc+1')
  expect(location.hash).toBe('')
  expect(location.search).toBe('?period=2026')
})

it('leaves other fragments alone', () => {
  expect(keyOfFragment('#entries')).toBeNull()
  expect(keyOfFragment('#key=')).toBeNull()
})
