/** The settings of tags: what they do to alerts. */
import * as z from 'zod'
import { droppableAlerts } from '../model/tag.js'
import { setting } from './kinds.js'

export const tagsShape = {
  trust_drops: setting(
    { schema: z.array(z.enum(droppableAlerts)), values: 'a list of alerts' },
    [
      ...(['LOW-FREQ-SCORES', 'SUSPECT-FREQ-SCORE', 'YOUR-FIRST-CONTACT', 'ISC-FIRST-CONTACT'] as const),
      ...(['MANY-NAMES', 'YOUNG', 'LOOKALIKE', 'DNS-TUNNEL', 'OTX'] as const),
    ],
    'Alerts that a name with the tag trust does not raise: by default the guesses about names that nobody knows. A change of owner stays, because it may end the trust, and so does what a tag says.',
  ),
}

export const tags = {
  schema: z.strictObject(tagsShape).readonly(),
  values: 'a mapping with trust_drops',
}
