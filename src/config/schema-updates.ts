/** The settings of updates: registrations that somebody publishes in versions. */
import * as z from 'zod'
import { optional, whole } from './kinds.js'

const isAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, search, hash } = new URL(text)
  return protocol === 'https:' && `${username}${password}${search}${hash}` === ''
}

export const updatesShape = {
  url: optional(
    {
      schema: z
        .string()
        .max(2048)
        .refine(isAddress, 'is not an https address without user, password, ? and #'),
      values: 'an https address',
    },
    'The folder with SHA256SUMS and MAJOR/MINOR.txt, for the command update and for every_hours.',
  ),
  every_hours: optional(
    whole(1, 8_760, 'hours'),
    'How often run takes what is new there. Without it only the command does.',
  ),
}

export const updates = {
  schema: z.strictObject(updatesShape).readonly(),
  values: 'a mapping with url and every_hours',
}
