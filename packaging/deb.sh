#!/bin/sh
# Makes the Debian package of what was built, in the present folder: packaging/deb.sh. It needs dpkg-dev and binutils.
. "$(dirname "$0")/stage.sh"
: "${DEBFULLNAME:=The authors of domainstats}" "${DEBEMAIL:=domainstats@packages.invalid}"

# Where Debian's zsh looks (zsh-common, README.Debian).
mkdir -p "$root/usr/share/zsh/vendor-completions"
mv "$root/usr/share/zsh/site-functions/_domainstats" "$root/usr/share/zsh/vendor-completions/"
rmdir "$root/usr/share/zsh/site-functions"

arch=$(dpkg --print-architecture)
cat >"$doc/changelog" <<END
domainstats ($version) stable; urgency=medium

  * CHANGELOG.md.gz says what is new.

 -- $DEBFULLNAME <$DEBEMAIL>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
END
gzip -9n "$doc/changelog" "$doc/CHANGELOG.md"

# The versions of libc and libstdc++ that the compiled library asks for. The symbols of node, of which it warns, are in no
# library.
mkdir "$work/debian"
printf 'Source: domainstats\n\nPackage: domainstats\nArchitecture: any\n' >"$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps -O "$library" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
# For the postinst. A container may have these two without the rest of systemd.
systemd="systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles"

mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: domainstats
Version: $version
Architecture: $arch
Maintainer: $DEBFULLNAME <$DEBEMAIL>
Installed-Size: $(find "$root" -type f -printf '%s\n' | awk '{ kib += int(($1 + 1023) / 1024) } END { print kib }')
Depends: $libraries, nodejs (>= $node_least), nodejs (<< $node_next~), $systemd
Suggests: zeek | suricata
Section: net
Priority: optional
Description: says which DNS domains in Zeek and Suricata logs are new
 domainstats follows the DNS logs of Zeek and Suricata, and says which domains
 are new to the site, were registered lately, or have a name that no human would
 choose. It writes one JSON line for each, for a SIEM.
 .
 The service begins with the installation. Its settings are in
 /etc/domainstats/domainstats.yaml.
END
echo /etc/domainstats/domainstats.yaml >"$root/DEBIAN/conffiles"
install -m 755 "$home/packaging/deb/postinst" "$home/packaging/deb/prerm" "$home/packaging/deb/postrm" "$root/DEBIAN/"
mkdir -p "$root/usr/share/lintian/overrides"
install -m 644 "$home/packaging/deb/lintian-overrides" "$root/usr/share/lintian/overrides/domainstats"
(cd "$root" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
chmod 644 "$root/DEBIAN/md5sums" "$root/DEBIAN/conffiles" "$root/DEBIAN/control"
date_files
dpkg-deb --root-owner-group -Zxz --build "$root" "domainstats_${version}_$arch.deb" >/dev/null
echo "domainstats_${version}_$arch.deb"
