##! Loading the package alone declares its notices and changes nothing else. Load what you want of it beside it:
##!
##!     @load domainstats/read-back    # notices for what domainstats.log says
##!     @load domainstats/intel        # hits of its Intel file as notices
##!     @load domainstats/look-up      # asks over HTTP for each name, instead of giving the program your dns.log
##!     @load domainstats/json-logs    # JSON logs, and the case in which a name was asked

@load ./notices
