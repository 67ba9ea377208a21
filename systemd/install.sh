#!/bin/sh
# Installs what was built. `make install` calls it with PREFIX, DESTDIR, UNITDIR and DATADIR. It needs no network.
set -eu
: "${PREFIX:=/usr/local}" "${DESTDIR:=}" "${UNITDIR:=/etc/systemd/system}" "${DATADIR:=/var/lib/domainstats}"
cd "$(dirname "$0")/.."

# These files are for every user, the user of the service among them, whatever the umask of the one who installs.
umask 022

refuse() {
  echo "install: $*" >&2
  exit 1
}
case $PREFIX in
/*) ;;
*) refuse "PREFIX must be an absolute path, and is $PREFIX" ;;
esac
# These characters mean something to systemd or to sed.
case $PREFIX in
*[\"\'\\\$%\&\|]*) refuse "PREFIX must not hold quotes, \\, \$, %, & or |, and is $PREFIX" ;;
esac

lib=$DESTDIR$PREFIX/lib/domainstats
bin=$DESTDIR$PREFIX/bin
share=$DESTDIR$PREFIX/share
mkdir -p "$lib" "$bin" "$DESTDIR$UNITDIR"

# Nothing of an older version may stay.
rm -rf "$lib/dist" "$lib/docs" "$lib/node_modules"
cp -R dist docs package.json package-lock.json README.md LICENSE "$lib/"
# dist/ has the libraries inside, except the compiled one: that is copied with what it needs itself
# (npm: package-lock.json, "Hidden Lockfiles").
node -e '
  const { packages } = JSON.parse(require("fs").readFileSync("node_modules/.package-lock.json", "utf8"))
  const needed = new Set(["better-sqlite3"])
  for (const name of needed)
    for (const next of Object.keys(packages[`node_modules/${name}`].dependencies ?? {})) needed.add(next)
  for (const name of needed) console.log(`node_modules/${name}`)
' >"$lib/.packages"
tar -cf - -T "$lib/.packages" | (cd "$lib" && tar -xof -)
rm "$lib/.packages"

chmod 755 "$lib/dist/cli.js"
chmod -R u=rwX,go=rX "$lib"
for name in domainstats domain-stats domain-stats-settings domain-stats-utils; do
  ln -sf ../lib/domainstats/dist/cli.js "$bin/$name"
done

# What man and the shells look for, each in its own folder.
place() {
  mkdir -p "$(dirname "$share/$1")"
  cat >"$share/$1"
  chmod 644 "$share/$1"
}
place man/man1/domainstats.1 <docs/domainstats.1
ZSH_NAME='' SHELL=/bin/bash node dist/cli.js completion | place bash-completion/completions/domainstats
ZSH_NAME='' SHELL=/bin/zsh node dist/cli.js completion | place zsh/site-functions/_domainstats

unit=$DESTDIR$UNITDIR/domainstats.service
spaced=$(printf %s "$PREFIX" | sed 's/ /%%20/g')
sed -e "/^Documentation=/s|/usr/local/|$spaced/|" -e "/^ExecStart=/s|/usr/local/|$PREFIX/|" \
  systemd/domainstats.service >"$unit"
chmod 644 "$unit"

# Settings that are already there stay. systemd gives the folder to the user of the service at its start.
data=$DESTDIR$DATADIR
if [ ! -e "$data/domainstats.yaml" ] && [ ! -e "$data/domain_stats.yaml" ]; then
  [ -d "$data" ] || mkdir -p -m 750 "$data"
  cp systemd/domainstats.yaml "$data/"
  chmod 644 "$data/domainstats.yaml"
fi

# Folders that were there before keep their rights: say so where the service could not enter one.
at=$lib
while [ "$at" != "$DESTDIR" ] && [ "$at" != / ] && [ "$at" != . ]; do
  if [ -n "$(find "$at" -prune ! -perm -005)" ]; then
    echo "install: only its owner can enter $at: the service cannot (chmod 755 '$at')" >&2
  fi
  at=$(dirname "$at")
done
