/** Names that somebody gave the configuration by mistake: a file that nobody reads looks like settings that hold. */
import { distance } from './nearest.js'

const right = 'domainstats'

/** So many letters may be wrong, missing or too many. */
const stepsMax = 2

/** Of `yaml` and `yml`, mistyped too. */
const yaml = /\.y[aml]{1,4}$/

/** As an editor of another system hides or adds it. */
const text = /\.txt$/

/** What is left of a name that differs in case, marks and endings: `Domain-Stats (1).yml.txt` is `domainstats`. */
const lettersOf = (name: string): string => name.replace(yaml, '').replace(/[^a-z]/g, '')

/**
 * True for `domainstats.yml`, `domain-stats.yaml`, `Domainstats.yaml.txt`, `domianstats.yaml`. Not for a copy that is kept
 * (`domainstats.yaml.bak`): whoever moves a configuration out of the way wants it not to be read.
 */
export const isNearName = (name: string): boolean => {
  const plain = name.trim().toLowerCase().replace(text, '')
  return yaml.test(plain) && distance(lettersOf(plain.replace(yaml, '')), right) <= stepsMax
}

/** True for what may have been meant as a configuration, and may as well be something else: `config.yaml`. */
export const mayBeMeant = (name: string): boolean => {
  const [, stem = ''] = /^([^.]*)\.(?:ya?ml|json|toml|conf|cfg|ini)$/i.exec(name) ?? []
  return /^(?:config|settings)$/i.test(stem) || /domain[-_ ]?stats?/i.test(stem)
}
