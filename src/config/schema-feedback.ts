/** The settings of the feedback to Suricata. */
import * as z from 'zod'
import { optional, path, setting, whole } from './kinds.js'

export const feedbackShape = {
  folder: optional(
    path('the path of a folder'),
    'A folder in which run keeps datasets and rules for Suricata up to date. Without it run keeps none.',
  ),
  every_seconds: setting(whole(10, 86_400, 'seconds'), 300, 'How often they are brought up to date.'),
  new_days: optional(
    whole(1, 36_500, 'days'),
    'A domain registered less than so many days ago is in the dataset domainstats-new. Without it, those of new_days.',
  ),
  names_max: setting(
    whole(100, 1_000_000, 'names'),
    100_000,
    'Names in each dataset; beyond it, the domains that came first are left out.',
  ),
  sid: setting(
    whole(1_000_000, 1_999_991),
    1_905_300,
    'The number of the first rule. There are nine, in the range that Suricata leaves to local rules.',
  ),
}

export const feedback = {
  schema: z.strictObject(feedbackShape).readonly(),
  values: 'a mapping with folder, every_seconds, new_days, names_max or sid',
}
