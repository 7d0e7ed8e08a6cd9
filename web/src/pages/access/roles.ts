// Roles that are granted, each with the kinds of places it is held in: what the form offers. The server has the last word.
import type { TextKey } from '@/locales'

export type PlaceKind = 'region' | 'hall' | 'department' | 'window' | 'person'

export const GRANTED = {
  window_lead: ['window'],
  department_head: ['department'],
  hall_director: ['hall'],
  staff: ['region', 'hall', 'department', 'window'],
  manager: ['region', 'hall'],
  data_steward: ['region', 'hall'],
  committee_member: ['region'],
  system_administrator: ['region'],
  security_administrator: ['region'],
  audit_administrator: ['region'],
} as const satisfies Record<string, readonly PlaceKind[]>

export const KINDS: Record<PlaceKind, TextKey> = {
  region: 'access.grants.region',
  hall: 'kinds.hall',
  department: 'kinds.department',
  window: 'kinds.window',
  person: 'kinds.person',
}
