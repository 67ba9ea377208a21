/**
 * Brands that phishing imitates often: mail and cloud, shops and parcels, payment and banks, crypto currencies, networks
 * and games, and what companies sign in to.
 */

// prettier-ignore
export const topBrands: readonly string[] = [
  // Mail, cloud, office.
  'microsoft.com', 'microsoftonline.com', 'office365.com', 'outlook.com', 'hotmail.com', 'sharepoint.com', 'onedrive.com',
  'google.com', 'googleusercontent.com', 'gmail.com', 'youtube.com', 'apple.com', 'icloud.com', 'yahoo.com', 'adobe.com',
  'dropbox.com', 'docusign.com', 'docusign.net', 'protonmail.com', 'mailchimp.com', 'sendgrid.com', 'wetransfer.com',
  'amazonaws.com', 'cloudflare.com', 'godaddy.com', 'namecheap.com', 'hostinger.com', 'digitalocean.com', 'rackspace.com',
  'wordpress.com', 'squarespace.com', 'shopify.com', 'zendesk.com', 'salesforce.com', 'hubspot.com', 'atlassian.com',
  'zoominfo.com', 'teamviewer.com', 'anydesk.com', 'citrix.com', 'logmein.com', 'webex.com', 'okta.com',
  'onelogin.com', 'duosecurity.com', 'lastpass.com', '1password.com', 'bitwarden.com', 'dashlane.com', 'servicenow.com',
  'quickbooks.com', 'intuit.com', 'sophos.com', 'fortinet.com', 'paloaltonetworks.com', 'crowdstrike.com',
  'kaspersky.com', 'malwarebytes.com', 'mcafee.com', 'bitdefender.com', 'avast.com', 'vmware.com',
  // Code and packages.
  'github.com', 'githubusercontent.com', 'gitlab.com', 'bitbucket.org', 'stackoverflow.com', 'npmjs.com', 'jsdelivr.net',
  'cloudfront.net', 'googleapis.com', 'windowsupdate.com', 'notepad-plus-plus.org', 'filezilla-project.org', 'virtualbox.org',
  'libreoffice.org', 'videolan.org', 'wireshark.org', 'keepass.info', 'obsproject.com', 'openai.com', 'chatgpt.com',
  // Networks, messages, video, games.
  'facebook.com', 'instagram.com', 'whatsapp.com', 'twitter.com', 'linkedin.com', 'tiktok.com', 'snapchat.com',
  'pinterest.com', 'telegram.org', 'discord.com', 'discordapp.com', 'reddit.com', 'wikipedia.org', 'netflix.com', 'spotify.com',
  'disneyplus.com', 'twitch.tv', 'steampowered.com', 'steamcommunity.com', 'epicgames.com', 'roblox.com', 'minecraft.net',
  'playstation.com', 'nintendo.com',
  // Shops, travel, parcels.
  'amazon.com', 'ebay.com', 'walmart.com', 'aliexpress.com', 'alibaba.com', 'mercadolibre.com', 'rakuten.co.jp', 'zalando.com',
  'costco.com', 'homedepot.com', 'bestbuy.com', 'airbnb.com', 'tripadvisor.com', 'expedia.com', 'ticketmaster.com',
  'fedex.com', 'dhl.com', 'ups.com', 'usps.com', 'royalmail.com', 'evri.com', 'hermesworld.com', 'deutschepost.de', 'laposte.fr',
  'chronopost.fr', 'colissimo.fr', 'correos.es', 'posteitaliane.it', 'swisspost.ch', 'auspost.com.au', 'canadapost.ca',
  // Payment and banks.
  'paypal.com', 'mastercard.com', 'americanexpress.com', 'klarna.com', 'venmo.com', 'cashapp.com', 'zellepay.com',
  'westernunion.com', 'moneygram.com', 'revolut.com', 'transferwise.com', 'payoneer.com', 'skrill.com', 'alipay.com',
  'jpmorganchase.com', 'bankofamerica.com', 'wellsfargo.com', 'citibank.com', 'citigroup.com', 'capitalone.com', 'usbank.com',
  'truist.com', 'navyfederal.org', 'charlesschwab.com', 'hsbc.com', 'barclays.co.uk',
  'natwest.com', 'santander.com', 'lloydsbank.com', 'standardchartered.com', 'deutsche-bank.de',
  'commerzbank.de', 'sparkasse.de', 'postbank.de', 'volksbank.de', 'bnpparibas.com', 'creditagricole.fr', 'societegenerale.com',
  'unicredit.it', 'intesasanpaolo.com', 'bancosantander.es', 'caixabank.es', 'rabobank.nl', 'abnamro.nl', 'postfinance.ch',
  'raiffeisen.ch', 'nordea.com', 'swedbank.se', 'danskebank.dk', 'scotiabank.com', 'desjardins.com', 'commbank.com.au',
  'westpac.com.au', 'bradesco.com.br', 'itau.com.br', 'hdfcbank.com', 'icicibank.com', 'sberbank.ru',
  // Crypto currencies.
  'coinbase.com', 'binance.com', 'bitfinex.com', 'bitstamp.net', 'kucoin.com',
  'metamask.io', 'trustwallet.com', 'trezor.io', 'uniswap.org', 'opensea.io', 'pancakeswap.finance', 'myetherwallet.com',
  // Telephone, authorities.
  'vodafone.com', 'tmobile.com', 't-mobile.com', 'verizon.com', 'comcast.net', 'xfinity.com', 'telefonica.com',
  'swisscom.ch', 'irs.gov', 'service-public.fr', 'elster.de',
]

/** The same with a common word as their name: many other names have that word between hyphens. */
// prettier-ignore
export const topBrandWords: readonly string[] = [
  'booking.com', 'blockchain.com', 'fidelity.com', 'vanguard.com', 'kraken.com', 'stripe.com', 'slack.com', 'oracle.com',
  'norton.com', 'workday.com', 'blizzard.com', 'mozilla.org',
]
