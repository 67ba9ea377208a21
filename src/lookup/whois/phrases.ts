/**
 * Recognises the sentences in which WHOIS servers say that a name is not registered, that we ask too often, or that they
 * do not serve us. wordings.ts lists what each registry is known to write; the patterns here match similar wordings, in
 * the languages of registries. Only whole sentences count: legal notices use the same words, and `absent` is a definite
 * answer. Each pattern is anchored or has bounded gaps, so that no text makes it slow (ReDoS).
 */
import { absentSentences, absentStatuses, it } from './wordings.js'

const thing =
  '(?:domain(?: ?name)?|object|record|entry|entries|data|information|results?|match|match(?:ing)? record|registration)s?'
const theName = `(?:(?:the |this |above )?(?:requested |queried )?(?:domain(?: ?name)?|object|data)(?: ${it})?|${it})`
const source = '(?: (?:for|in|on|from|to|by|with) .{1,80})?'
const dominio = `(?:(?:el |o |le |il |la )?(?:dominio|domaine|domain)(?: ${it})?|${it})`

const absences = [
  `(?:no match|nothing|not) found(?: ?[:.]? ?${it})?${source}`,
  `no match(?:es)?(?: ?[:.]? ?${it})?${source}`,
  'no match(?:es)? for',
  'no found',
  `(?:${it}:? ?(?:- )?)?no (?:such |matching )?${thing}(?: (?:that )?match(?:ing|es)?(?: ${it}| your query| the query)?)?(?: (?:was |were )?found)?(?: ?[:.]? ?${it})?${source}`,
  `(?:there (?:is|are|was|were) )?no (?:${thing} )?(?:information|data|records?|entry|entries) (?:is |was |were )?(?:available|found)${source}`,
  `no information available about ${theName}${source}`,
  'we do not have an? (?:entry|record) in our database.{0,60}',
  `(?:unable to find|could not find|cannot find) (?:a |any )?${thing}${source}`,
  `${theName}:? (?:(?:- )?(?:domain(?: name)? )?)?(?:was |is |has |has been |does )?not (?:been |be |yet )?(?:found|registe?red|exist|delegated)${source}`,
  `${theName} (?:- )?(?:domain(?: name)? )?does not exist(?:${source}|: .{1,80})`,
  `${theName} (?:is )?not (?:known|registe?red) (?:in|to|by|at) .{1,60}`,
  `${theName} (?:is|status:|-) (?:free|available|unregistered|unassigned)${source}`,
  'domain unknown|unknown domain|not registered|object not found',
  `invalid query or domain name not known in .{1,60}`,
  'this query returned 0 objects',
  // Spanish, Portuguese, French, Italian
  `${dominio}:? (?:no existe|nao existe|n.?existe pas|non esiste|inexistente|inexistant)(?:[ .].{0,60})?`,
  `${dominio}:? (?:no (?:se encuentra|esta|fue)|nao (?:esta|foi|se encontra)|n.?est pas|non (?:e|risulta)) (?:registr?ad[oa]|encontrad[oa]|enregistree?|registrato|assegnato|trovato)(?: .{1,60})?`,
  `${dominio} (?:no|nao|non) (?:registr?ad[oa]|encontrad[oa]|enregistree?|registrato|trouvee?|trovato)(?: .{1,60})?`,
  `${dominio} (?:esta |e |est |is )?(?:disponible|disponivel|disponibile|libre|livre|libero)(?: (?:para|pour|per) .{1,60})?`,
  `(?:no (?:se encontr(?:o|aron)|hay|existen?)|nao (?:foi encontrado|ha)|aucune?|nessun[oa]?) (?:el |ningun |nenhum )?(?:objeto|dominio|datos?|dados?|registros?|resultados?|enregistrement|resultat|domaine|oggetto|risultato)s?(?:[ /].{1,60})?`,
  // German, Polish, Czech and Slovak, Hungarian, Turkish
  `(?:(?:die |der )?(?:domain(?:name)?)(?: ${it})?|${it}) (?:ist |wurde )?(?:nicht (?:registriert|gefunden|vergeben)|frei|verfugbar)|kein(?:e)? (?:eintrag|treffer|objekt|domain)(?: gefunden)?`,
  `(?:domena(?: ${it})? )?(?:nie (?:jest zarejestrowana|istnieje|znaleziono)|nie zarejestrowana|wolna)|brak (?:danych|wynikow|informacji).{0,60}`,
  `(?:domena(?: ${it})? )?(?:neni registrovana|nie je registrovana|nebyla nalezena|neexistuje|nenalezen[ao]?|je volna|volna)`,
  'nincs talalat(?: / no match)?|a domain (?:nev )?(?:nincs regisztralva|szabad)',
  `(?:alan adi |${it} )?(?:kayitli degil(?:dir)?|kayit bulunamadi|bulunamadi|tahsis edilmemis(?:tir)?)`,
].map(
  pattern =>
    new RegExp(
      `^(?:error:? ?)?(?:-?\\d{1,12}:? ?)?(?:(?:unfortunately|sorry),? (?:but )?)?(?:${pattern})[.!]*$`,
    ),
)

/** Values of a status line that say that the name is not registered. */
const absentStatus =
  /^(?:free|(?:220 )?available|not registered|unregistered|no objects? found|not found|domain not found|does not exist|libre|livre|disponible|disponivel|no registrado|nao registrado|frei|wolna|volna|szabad)(?: \(.{1,80}\))?\.?$/

/** Reserved, blocked or premium names: they are not registered, but the answer does not say so. */
const withheld = new RegExp(
  [
    '^(?:sorry,? )?(?:(?:the |this )?(?:requested )?(?:domain name|domain|name)(?: you requested)? )?(?:is |has been )?',
    '(?:(?:registry )?reserved(?: (?:by|for) .{1,60})?|restricted(?: domain name| from registration)?',
    '|blocked(?: by .{1,60})?|prohibited|forbidden|unassignable|not allowed(?: by .{1,60})?',
    '|not available(?: for .{1,60}| or is reserved .{1,60})?|in the reserved list|premium(?: name)?',
    '|not eligible for registration)(?: \\(.{1,80}\\)| - .{1,80})?[.:!]*$',
    "|(?:can ?not|can't) be registered",
  ].join(''),
)

const quota =
  /(?:quota|limit|allowable number|allowed number).{0,60}(?:exceeded|reached)|(?:exceed(?:ed|ing)|excessive|reached).{0,60}(?:quota|limit|number|quer(?:y|ies)|access)|too man?y (?:requests|queries|connections|lookups)|too (?:often|fast|frequent)|(?:try again|please wait|slow down|go away).{0,20}(?:later|\d{1,9} ?(?:seconds|minutes|hours))|try again later|\bwait \d{1,9} seconds|at least \d{1,4}.second|connection (?:refused|limit)|black-?listed/
const quotaFirst =
  /^(?:error:? ?)?(?:-?\d{1,12}:? ?)?(?:(?:query |whois |connection |request |lookup |look up |daily |hourly |access control ){0,3}(?:rate |limit |quota ){1,2}(?:was |has been )?(?:exceeded|reached)|max(?:imum)? (?:quer(?:y|ies)|requests?|connections?)(?: rate| limit)?(?: per \w{1,10})? (?:exceeded|reached)|excessive quer(?:y|ies|ying),|still in grace period|too man?y (?:requests|queries|connections|lookups)(?:[.,!]|$)|you (?:have )?exceeded |440 request denied|(?:please )?go away for \d)/

/** The names that registries give to the client. */
const client =
  '(?:your |this |the )?(?:ip(?: address)?|ip-address|client|host|network)\\b(?: address)?[^.]{0,60}?'
const refusal = new RegExp(
  [
    'requests? (?:of|from) (?:this|your) (?:client|ip(?: address)?|network) (?:are|is) (?:not (?:permitted|allowed|accepted)|denied|refused|forbidden)',
    `${client} (?:is |are |was |has been |have been )?(?:not (?:authori[sz]ed|permitted|allowed|registered)|(?:permanently )?(?:blocked|banned|denied|forbidden|refused|rejected))`,
    'access (?:to .{1,60} |from .{1,60} |for .{1,60} )?(?:is |has been |was )?(?:denied|forbidden|refused|not (?:allowed|permitted|authori[sz]ed))',
    '(?:queries|connections?|requests?) from .{1,60} (?:are |is )?(?:not (?:allowed|accepted|permitted)|denied|forbidden|rejected)',
    'you are not (?:allowed|permitted|authori[sz]ed) to (?:use|access|query) (?:this|the) (?:whois )?(?:server|service)',
    '(?:permission denied|forbidden|not authori[sz]ed|unauthori[sz]ed(?: access| client| ip(?: address)?)?)',
    'acceso (?:denegado|no autorizado|prohibido)|acesso (?:negado|nao autorizado)|acces (?:refuse|interdit|non autorise)|accesso negato|zugriff (?:verweigert|nicht erlaubt)|dostep zabroniony',
  ]
    .map(pattern => `(?:${pattern})`)
    .join('|'),
)
const refusalFirst = new RegExp(
  `^(?:error:? ?)?(?:-?\\d{1,12}:? ?)?(?:sorry,? )?(?:${refusal.source})(?:[ ,.;:!].{0,300})?$`,
)
/** .es puts both into one sentence (not authorised, or over the limit), and gives it to every client not on its list. */
const orQuota = / or (?:it )?(?:has )?exceed.{0,80}/

const trouble =
  /temporar(?:y|ily) (?:not (?:available|be answered)|unavailable|out of service)|service (?:is )?(?:temporarily )?unavailable|(?:can ?not|can't|unable to) process your request|database is (?:currently )?down|internal (?:server )?error|connection attempt failed/

/**
 * True for a sentence that says that the name is not registered.
 *
 * @param sentence folded, without quotation marks; `name` too
 * @param alone the answer holds nothing else
 */
export const saysAbsent = (sentence: string, name: string, alone: boolean): boolean => {
  if (alone && absentSentences.has(`${sentence} (alone)`)) return true
  if (sentence.length > name.length + 200) return false
  const label = name.slice(0, name.indexOf('.'))
  const plain = sentence
    .replaceAll(name, it)
    .replaceAll('_', ' ')
    .replace(/\[<it>\]|<<it>>|\(<it>\)/g, it)
    .trim()
  // .to and .sn write the name without the TLD.
  const short = plain.endsWith(` for ${label}`) ? plain.slice(0, -label.length) + it : plain
  if (absentSentences.has(short.replace(/[.!]+$/, ''))) return true
  // .kg: `Data not found. This domain is available for registration.`; `does not exist: no object found`
  const parts = new Set([short, short.split('. ', 1)[0] ?? '', short.split(': ', 1)[0] ?? ''])
  return [...parts].some(words => absences.some(pattern => pattern.test(words)))
}

/** True for the folded value of a status line that says that the name is not registered. */
export const isAbsentStatus = (status: string): boolean =>
  absentStatuses.has(status) || absentStatus.test(status)

/** True for a folded sentence or remark that says that the name is reserved or blocked. */
export const saysWithheld = (sentence: string): boolean => withheld.test(sentence)

/** True for text that mentions a quota anywhere: a legal notice may do that, too. */
export const speaksOfQuota = (text: string): boolean => quota.test(text.replace(orQuota, ''))

/** True for a folded sentence that begins by saying that a quota is exhausted. */
export const saysQuota = (sentence: string): boolean => quotaFirst.test(sentence)

/** True for a folded sentence that says that this client is not served at all, however seldom it asks. */
export const saysRefused = (sentence: string): boolean =>
  refusalFirst.test(sentence) && !speaksOfQuota(sentence)

/** True for text that mentions a fault of the server. */
export const speaksOfTrouble = (text: string): boolean => trouble.test(text)
