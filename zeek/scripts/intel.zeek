##! Raises a notice for each hit of the Intel file that domainstats writes (its sink `zeek-intel`). Name the file yourself:
##!
##!     redef Intel::read_files += { "/var/lib/domainstats/zeek-intel.dat" };

@load base/frameworks/intel
@load policy/frameworks/intel/seen
@load ./notices

module DomainStats;

export {
	redef enum Notice::Type += {
		## Zeek saw a domain of the Intel file: in a question, a certificate, a header.
		Intel_Hit,
	};

	## What stands in `meta.source` of the file begins so.
	option intel_source = "domainstats";
}

event Intel::match(s: Intel::Seen, items: set[Intel::Item])
	{
	for ( item in items )
		{
		if ( ! starts_with(item$meta$source, intel_source) )
			next;

		local notice = Notice::Info($note=Intel_Hit, $msg=fmt("%s seen in %s", s$indicator, s$where),
		                            $identifier=s$indicator, $suppress_for=suppress_for);
		if ( item$meta?$desc )
			notice$sub = item$meta$desc;
		if ( s?$conn )
			notice$conn = s$conn;
		NOTICE(notice);
		}
	}
