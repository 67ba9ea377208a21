/** The settings of domain_stats 1.x: its names and its defaults, so that its `domain_stats.yaml` loads unchanged. */
import { choice, flag, number, optional, path, setting, unused, whole } from './values.js'

export const original = {
  established_days_age: setting(
    whole(0, 36_500, 'days'),
    730,
    'A domain registered less than this many days ago is NEW, else ESTABLISHED.',
  ),
  mode: setting(
    choice('rdap', 'isc', 'off'),
    'rdap',
    'Who is asked for registration dates: the registries, the API of an ISC, or nobody.',
  ),
  rdap_error_ttl_days: setting(
    whole(0, 3_650, 'days'),
    7,
    'A registry that gave an error for a domain is asked again after at most this many days.',
  ),
  freq_table: setting(
    path('built-in, or the path of a freq table'),
    'built-in',
    'The letter frequencies that names are scored with; built-in is our own table.',
  ),
  enable_freq_scores: setting(flag, true, 'Whether names are scored by their letters.'),
  freq_avg_alert: setting(
    number(0, 100),
    5.0,
    'A name whose average score lies below this raises a freq alert.',
  ),
  freq_word_alert: setting(
    number(0, 100),
    4.0,
    'A name whose word score lies below this raises a freq alert.',
  ),

  // What only the original's web server needed. Its numbers of workers came from the number of CPUs.
  workers: unused(optional(whole(0, 100_000), 'The number of server processes.')),
  threads_per_worker: unused(optional(whole(0, 100_000), 'The number of threads of a server process.')),
  log_detail: unused(setting(whole(0, 100), 0, "The detail of the server's log.")),
  count_rdap_errors: unused(setting(flag, false, 'Whether RDAP errors were counted; here they always are.')),
}
