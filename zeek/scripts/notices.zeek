##! The notices, whichever script raises them.

@load base/frameworks/notice

module DomainStats;

export {
	redef enum Notice::Type += {
		## The category of the domain is NEW: it was registered less than `established_days_age` days ago.
		New_Domain,
		## The first question for the domain at this site: alert YOUR-FIRST-CONTACT.
		First_Contact,
		## Somebody tagged the name, or an address in its answers, as a threat: alert TAGGED-THREAT.
		Threat,
	};

	## For so long a domain raises each of its notices once; Threat once for each client.
	option suppress_for = 1day;

	## What a notice needs to know of an answer or a record.
	type Finding: record {
		query: string;
		## What suppression goes by; the query where the domain is not known.
		domain: string;
		category: string;
		alerts: vector of string;
		## Stands in the notice's sub-message.
		details: string &default="";
		uid: string &optional;
		id: conn_id &optional;
		## For a record that names no port.
		src: addr &optional;
	};

	## Raises the notices that a finding deserves.
	global notify: function(finding: Finding);
}

function raise_notice(finding: Finding, note: Notice::Type, msg: string, identifier: string)
	{
	local notice = Notice::Info($note=note, $msg=msg, $sub=finding$details,
	                            $identifier=identifier, $suppress_for=suppress_for);

	if ( finding?$uid )
		notice$uid = finding$uid;

	if ( finding?$id )
		notice$id = finding$id;
	else if ( finding?$src )
		notice$src = finding$src;

	NOTICE(notice);
	}

function notify(finding: Finding)
	{
	local alerts: set[string] = set();
	for ( i in finding$alerts )
		add alerts[finding$alerts[i]];

	if ( "TAGGED-THREAT" in alerts )
		{
		local client = finding?$id ? cat(finding$id$orig_h) : finding?$src ? cat(finding$src) : "";
		raise_notice(finding, Threat, fmt("%s is tagged as a threat", finding$query),
		             cat_sep(" ", "-", finding$domain, client));
		}

	if ( finding$category == "NEW" )
		raise_notice(finding, New_Domain, fmt("%s: %s is a NEW domain", finding$query, finding$domain),
		             finding$domain);

	if ( "YOUR-FIRST-CONTACT" in alerts )
		raise_notice(finding, First_Contact, fmt("%s: first contact with %s", finding$query, finding$domain),
		             finding$domain);
	}
