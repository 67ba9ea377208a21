# Read by deb.sh and rpm.sh: puts what was built into the folder $root, as both packages bring it, and says what they ask for.
# The same build gives the same bytes. SOURCE_DATE_EPOCH is the time of all files; without it, that of CHANGELOG.md.
set -eu
home=$(cd "$(dirname "$0")/.." && pwd)
: "${SOURCE_DATE_EPOCH:=$(stat -c %Y "$home/CHANGELOG.md")}"
export SOURCE_DATE_EPOCH
export LC_ALL=C.UTF-8
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
lib=$root/usr/lib/domainstats
doc=$root/usr/share/doc/domainstats
library=$lib/node_modules/better-sqlite3/build/Release/better_sqlite3.node

of_manifest() { node -p "require(process.argv[1]).$1" "$home/package.json"; }
version=$(of_manifest version)
# The compiled library fits the ABI of the node that it was built with, which changes with each major version.
node_major=$(node -p 'parseInt(process.versions.node)')
node_next=$((node_major + 1))
node_least=$(of_manifest 'engines.node.replace(">=", "")')
[ "$node_major" -le "${node_least%%.*}" ] || node_least=$node_major

# Settings of a package belong below /etc: a link in the data folder leads there (postinst, %post).
DESTDIR=$root PREFIX=/usr UNITDIR=/usr/lib/systemd/system DATADIR=/etc/domainstats "$home/systemd/install.sh"
chmod 755 "$root/etc/domainstats"
# The node that the package depends on, and none that comes earlier in PATH.
sed -i '1s|.*|#!/usr/bin/node|' "$lib/dist/cli.js"
strip --strip-unneeded "$library"
chmod 644 "$library"
node "$home/packaging/copyright.js" "$lib/dist/LICENSES" "$lib"/node_modules/* >"$doc/copyright"
# copyright has them all.
rm "$doc/LICENSE" "$lib/dist/LICENSES" "$lib"/node_modules/*/LICENSE*
gzip -9n "$root/usr/share/man/man1/domainstats.1"
for name in domain-stats domain-stats-settings domain-stats-utils; do
  ln -s domainstats.1.gz "$root/usr/share/man/man1/$name.1.gz"
done

date_files() { find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }
