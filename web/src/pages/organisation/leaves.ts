// Kinds of leave that have a name here; any other code is taken too, and shown as it is.
import { t } from '@/locales'

export const LEAVES = ['annual', 'sick', 'personal', 'compensatory', 'duty'] as const

export function leaveName(code: string): string {
  const known = LEAVES.find((one) => one === code)
  return known ? t(`organisation.leaves.${known}`) : code
}
