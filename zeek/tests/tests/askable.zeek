# @TEST-DOC: Only host names reach a command line, and names on the ignore list are not asked about.
# @TEST-EXEC: zeek $SCRIPTS/look-up.zeek %INPUT >out
# @TEST-EXEC: printf 'www.example.com\n_dmarc.example.com\nxn--bcher-kva.de\n' | diff out -

redef DomainStats::ignore += { "intra.example.org" };

module Test;

export {
	const names = vector("www.example.com", "_dmarc.example.com", "xn--bcher-kva.de", "stats", "", ".", "a..b", "..",
	                     "-o.example.com", "a.com;id", "$(id).com", "a'b.com", "a.com/x", "a.com?x", "WWW.example.com",
	                     "a b.com", "printer.lan", "intra.example.org", "www.intra.example.org", "1.0.0.127.in-addr.arpa");
}

event zeek_init()
	{
	for ( i in names )
		if ( DomainStats::is_askable(names[i]) )
			print names[i];
	}
