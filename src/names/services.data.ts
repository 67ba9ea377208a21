/**
 * Public services and the names by which they are reached, written down one by one in November 2026 from what operators say
 * of themselves. Names of dynamic DNS and of tunnels were compared with the private section of the Public Suffix List, in
 * which most operators stand; the others were not looked up again. Resolvers: the addresses that they tell clients to set up
 * (RFC 8484, RFC 7858). That malware uses these services is in MITRE ATT&CK: T1016 (ip-check), T1568 (dyndns), T1572
 * (tunnel, doh), T1567 (file-drop, paste).
 *
 * A name stands for all names below it. A service that is no more stays: old malware still asks for it.
 */
import type { ServiceKind } from '../model/service.js'

/** By kind: the names of services, in A-labels. */
export const serviceNames: Readonly<Record<ServiceKind, readonly string[]>> = {
  'ip-check': [
    // Ask for an address in text or JSON.
    ...['ipify.org', 'icanhazip.com', 'ident.me', 'tnedi.me', 'ifconfig.me', 'ifconfig.co', 'ifconfig.io'],
    ...[
      'ifconfig.es',
      'checkip.amazonaws.com',
      'checkip.dyndns.org',
      'checkip.dyndns.com',
      'checkip.synology.com',
    ],
    ...['whatismyip.akamai.com', 'whoami.akamai.net', 'myip.dnsomatic.com', 'myip.opendns.com'],
    ...[
      'o-o.myaddr.l.google.com',
      'wtfismyip.com',
      'myexternalip.com',
      'ipecho.net',
      'ip.anysrc.net',
      'ip.sb',
    ],
    ...[
      'ip.tyk.nu',
      'ip.42.pl',
      'ip.me',
      'l2.io',
      'eth0.me',
      'seeip.org',
      'my-ip.io',
      'myip.com',
      'trackip.net',
    ],
    ...['curlmyip.com', 'curlmyip.net', 'jsonip.com', 'canihazip.com', 'ipof.in'],
    // Pages for a browser.
    ...[
      'whatismyip.com',
      'whatismyip.org',
      'whatismyip.net',
      'whatismyipaddress.com',
      'showmyip.com',
      'ip4.me',
    ],
    ...['ip6.me', 'whoer.net', '2ip.ru', '2ip.io', '2ip.ua', 'cip.cc', 'ipleak.net', 'iplocation.net'],
    // With the country and the network.
    ...[
      'ip-api.com',
      'ipinfo.io',
      'ipapi.co',
      'ipapi.com',
      'ipwho.is',
      'ipwhois.app',
      'geojs.io',
      'ipdata.co',
    ],
    ...['ipstack.com', 'ipgeolocation.io', 'freegeoip.app', 'freegeoip.net', 'freegeoip.live'],
    ...['reallyfreegeoip.org', 'freeipapi.com', 'db-ip.com', 'extreme-ip-lookup.com', 'ip2location.io'],
  ],
  dnsbl: [
    // Spamhaus, and the CBL that is now part of its XBL.
    ...[
      'zen.spamhaus.org',
      'sbl.spamhaus.org',
      'xbl.spamhaus.org',
      'pbl.spamhaus.org',
      'sbl-xbl.spamhaus.org',
    ],
    ...['dbl.spamhaus.org', 'zrd.spamhaus.org', 'dq.spamhaus.net', 'cbl.abuseat.org'],
    ...['bl.spamcop.net', 'b.barracudacentral.org', 'bb.barracudacentral.org', 'dnsbl.sorbs.net'],
    ...[
      'dnsbl-1.uceprotect.net',
      'dnsbl-2.uceprotect.net',
      'dnsbl-3.uceprotect.net',
      'ips.backscatterer.org',
    ],
    ...[
      'psbl.surriel.com',
      'ix.dnsbl.manitu.net',
      'bl.mailspike.net',
      'z.mailspike.net',
      'rep.mailspike.net',
    ],
    ...['dnsbl.dronebl.org', 'all.s5h.net', 'bl.blocklist.de', 'truncate.gbudb.net', 'db.wpbl.info'],
    ...[
      'all.spamrats.com',
      'auth.spamrats.com',
      'dyna.spamrats.com',
      'noptr.spamrats.com',
      'spam.spamrats.com',
    ],
    ...['score.senderscore.com', 'bl.spameatingmonkey.net', 'dnsbl.spfbl.net'],
    ...['hostkarma.junkemailfilter.com', 'dnsrbl.swinog.ch', 'ubl.unsubscore.com', 'rbl.interserver.net'],
    ...['spamrbl.imp.ch', 'wormrbl.imp.ch', 'dnsbl.inps.de', 'bl.nordspam.com', 'dnsbl.httpbl.org'],
    // Of names in mails.
    ...['multi.surbl.org', 'multi.uribl.com', 'black.uribl.com', 'dbl.nordspam.com'],
    // No more.
    ...['combined.abuse.ch', 'drone.abuse.ch', 'spam.abuse.ch', 'dnsbl.njabl.org', 'combined.njabl.org'],
    ...['dnsbl.ahbl.org', 'korea.services.net', 'virbl.dnsbl.bit.nl'],
  ],
  doh: [
    ...['dns.google', 'dns.google.com', 'cloudflare-dns.com', 'cloudflare-gateway.com', 'one.one.one.one'],
    ...['dns.quad9.net', 'dns9.quad9.net', 'dns10.quad9.net'],
    ...['dns11.quad9.net', 'dns12.quad9.net', 'doh.opendns.com', 'doh.familyshield.opendns.com'],
    ...['doh.umbrella.com', 'dns.umbrella.com', 'dns.sse.cisco.com', 'adguard-dns.com', 'dns.adguard.com'],
    ...['dns-family.adguard.com', 'dns-unfiltered.adguard.com', 'dns.nextdns.io', 'doh.cleanbrowsing.org'],
    ...[
      'freedns.controld.com',
      'dns.controld.com',
      'dns.mullvad.net',
      'doh.mullvad.net',
      'doh.dns.apple.com',
    ],
    ...['doh.xfinity.com', 'dns.alidns.com', 'doh.pub', 'dot.pub', 'doh.360.cn', 'dot.360.cn', 'doh.dns.sb'],
    ...['dns.switch.ch', 'dns.digitale-gesellschaft.ch', 'doh.applied-privacy.net', 'dnsforge.de'],
    ...['doh.libredns.gr', 'doh.ffmuc.net', 'dns.telekom.de', 'dns.aa.net.uk', 'odvr.nic.cz', 'dns.njal.la'],
    ...['wikimedia-dns.org', 'dns0.eu', 'joindns4.eu', 'ordns.he.net', 'dns.twnic.tw', 'public.dns.iij.jp'],
    ...['doh.crypto.sx', 'doh.tiar.app'],
  ],
  dyndns: [
    ...[
      'duckdns.org',
      'dynv6.net',
      'dynv6.com',
      'nsupdate.info',
      'dedyn.io',
      'ydns.eu',
      'ddnss.de',
      'ddnss.org',
    ],
    // No-IP.
    ...['no-ip.com', 'noip.com', 'no-ip.org', 'no-ip.biz', 'no-ip.info', 'noip.me', 'ddns.net', 'hopto.org'],
    ...['zapto.org', 'sytes.net', 'servebeer.com', 'serveblog.net', 'serveftp.com', 'servegame.com'],
    ...[
      'servehttp.com',
      'serveirc.com',
      'serveminecraft.net',
      'servemp3.com',
      'servepics.com',
      'servequake.com',
    ],
    ...['myftp.biz', 'myftp.org', 'myvnc.com', 'bounceme.net', 'freedynamicdns.net', 'freedynamicdns.org'],
    ...['redirectme.net', '3utilities.com', 'gotdns.ch', 'onthewifi.com', 'viewdns.net', 'webhop.me'],
    ...['ddnsking.com', 'ddns.me'],
    // Dyn.
    ...['dyn.com', 'dyndns.org', 'dyndns.com', 'dyndns.biz', 'dyndns.info', 'dyndns.tv', 'homeip.net'],
    ...['homelinux.com', 'homelinux.net', 'homelinux.org', 'homeunix.com', 'dnsalias.com', 'dnsalias.net'],
    ...['dnsalias.org', 'dynalias.com', 'dynalias.net', 'dynalias.org', 'gotdns.com', 'gotdns.org'],
    ...['selfip.biz', 'selfip.com', 'selfip.net', 'selfip.org', 'is-a-geek.com', 'kicks-ass.net', 'mine.nu'],
    ...['ath.cx', 'game-host.org', 'dnsdojo.com'],
    // Dynu.
    ...[
      'dynu.com',
      'dynu.net',
      'freeddns.org',
      'ddnsfree.com',
      'ddnsgeek.com',
      'mywire.org',
      'webredirect.org',
    ],
    ...[
      'accesscam.org',
      'camdvr.org',
      'casacam.net',
      'giize.com',
      'gleeze.com',
      'kozow.com',
      'loseyourip.com',
    ],
    ...['ooguy.com', 'theworkpc.com'],
    // FreeDNS, ChangeIP, DNSExit, Now-DNS, Pubyun.
    ...['freedns.afraid.org', 'mooo.com', 'chickenkiller.com', 'crabdance.com', 'ignorelist.com'],
    ...[
      'jumpingcrab.com',
      'strangled.net',
      'twilightparadox.com',
      'us.to',
      'changeip.com',
      'dynamic-dns.net',
    ],
    ...['dns05.com', 'mrbonus.com', 'dnsexit.com', 'linkpc.net', 'publicvm.com', 'work.gd', 'now-dns.com'],
    ...['now-dns.net', 'now-dns.org', 'now-dns.top', 'pubyun.com', '3322.org', 'f3322.net'],
    // Of routers and boxes at home.
    ...[
      'synology.me',
      'diskstation.me',
      'myds.me',
      'myqnapcloud.com',
      'myfritz.net',
      'spdns.de',
      'spdns.org',
    ],
    ...['goip.de', 'selfhost.eu'],
  ],
  tunnel: [
    ...[
      'ngrok.com',
      'ngrok.io',
      'ngrok.app',
      'ngrok.dev',
      'ngrok-free.app',
      'ngrok-free.dev',
      'ngrok-agent.com',
    ],
    // cloudflared: its quick tunnels, and what the program itself connects to.
    ...['trycloudflare.com', 'argotunnel.com', 'cftunnel.com'],
    // Dev tunnels of Microsoft.
    ...['devtunnels.ms', 'tunnels.api.visualstudio.com'],
    ...['serveo.net', 'serveousercontent.com', 'localtunnel.me', 'loca.lt', 'localhost.run', 'lhr.life'],
    ...['pinggy.io', 'pinggy.link', 'portmap.io', 'portmap.host', 'playit.gg', 'ply.gg', 'pagekite.net'],
    ...['pagekite.me', 'telebit.io', 'telebit.cloud', 'localxpose.io', 'loclx.io', 'packetriot.com'],
    ...['packetriot.net', 'zrok.io', 'tunnelmole.com', 'tunnelmole.net', 'sharedwithexpose.com', 'bore.pub'],
    ...['tunnelto.dev', 'webrelay.io', 'cpolar.com', 'cpolar.io', 'cpolar.cn', 'tuns.sh', 'natappfree.cc'],
  ],
  'file-drop': [
    ...['transfer.sh', 'file.io', 'gofile.io', 'catbox.moe', '0x0.st', 'temp.sh', 'tmpfiles.org', 'keep.sh'],
    ...['bashupload.com', 'oshi.at', 'uguu.se', 'pomf.lain.la', 'filebin.net', 'pixeldrain.com', 'ufile.io'],
    ...['uploadfiles.io', 'easyupload.io', 'dropmefiles.com', 'krakenfiles.com', 'workupload.com'],
    ...['anonfiles.com', 'anonfile.com', 'bayfiles.com', 'zippyshare.com', 'sendspace.com', '1fichier.com'],
    ...['mega.nz', 'mega.io', 'mega.co.nz', 'mediafire.com', 'wetransfer.com', 'we.tl', 'wormhole.app'],
    ...[
      'filemail.com',
      'sendgb.com',
      'transferxl.com',
      'fromsmash.com',
      'fex.net',
      'qaz.im',
      'ttm.sh',
      'envs.sh',
    ],
  ],
  paste: [
    ...[
      'pastebin.com',
      'pastebin.pl',
      'paste.ee',
      'hastebin.com',
      'rentry.co',
      'rentry.org',
      'paste.rs',
      'ix.io',
    ],
    ...[
      'termbin.com',
      'sprunge.us',
      'dpaste.com',
      'dpaste.org',
      'controlc.com',
      'ghostbin.com',
      'justpaste.it',
    ],
    ...['privatebin.net', '0bin.net', 'cl1p.net', 'textbin.net', 'throwbin.io', 'pastes.io', 'paste2.org'],
    ...[
      'pastecode.io',
      'paste.gg',
      'snippet.host',
      'nekobin.com',
      'bpa.st',
      'pastie.org',
      'paste.debian.net',
    ],
    ...['paste.ubuntu.com', 'pastebin.ubuntu.com', 'pastebin.mozilla.org', 'gist.github.com'],
    ...['gist.githubusercontent.com'],
  ],
}
