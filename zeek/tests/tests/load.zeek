# @TEST-DOC: Each script loads by itself, and all of them together.
# @TEST-EXEC: zeek $SCRIPTS
# @TEST-EXEC: zeek $SCRIPTS/read-back.zeek -e 'redef DomainStats::log_file = "none";'
# @TEST-EXEC: zeek $SCRIPTS/intel.zeek
# @TEST-EXEC: zeek $SCRIPTS/look-up.zeek
# @TEST-EXEC: zeek $SCRIPTS/json-logs.zeek
# @TEST-EXEC: zeek $SCRIPTS $SCRIPTS/read-back.zeek $SCRIPTS/intel.zeek $SCRIPTS/look-up.zeek $SCRIPTS/json-logs.zeek
