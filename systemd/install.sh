#!/bin/sh
# Installs what was built, or removes it again: systemd/install.sh [remove]. `make install` and `make uninstall` call it with
# PREFIX, DESTDIR, UNITDIR and DATADIR. It needs no network.
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

root=$DESTDIR$PREFIX
lib=$root/lib/domainstats
doc=$root/share/doc/domainstats
commands="domainstats domain-stats domain-stats-settings domain-stats-utils"
# systemd looks below these prefixes, and in /etc (sysusers.d(5), tmpfiles.d(5)).
case $PREFIX in
/usr | /usr/local) conf=$root/lib ;;
*) conf=$DESTDIR/etc ;;
esac

# What man and the shells look for, and what systemd does.
man=$root/share/man/man1/domainstats.1
bash=$root/share/bash-completion/completions/domainstats
zsh=$root/share/zsh/site-functions/_domainstats
fish=$root/share/fish/vendor_completions.d/domainstats.fish
sysusers=$conf/sysusers.d/domainstats.conf
tmpfiles=$conf/tmpfiles.d/domainstats.conf
unit=$DESTDIR$UNITDIR/domainstats.service
template=$DESTDIR$UNITDIR/domainstats@.service

remove() {
  rm -rf "$lib" "$doc"
  for name in $commands; do rm -f "$root/bin/$name"; done
  rm -f "$man" "$bash" "$zsh" "$fish" "$sysusers" "$tmpfiles" "$unit" "$template"
}

# Standard input, as a file that everybody may read.
place() {
  mkdir -p "$(dirname "$1")"
  cat >"$1"
  chmod 644 "$1"
}

place_program() {
  mkdir -p "$lib" "$doc" "$root/bin"
  cp -R dist package.json "$lib/"
  # dist/ has the libraries inside, except the compiled one: of that and of the two that find it, what a start loads.
  for name in better-sqlite3 bindings file-uri-to-path; do
    from=node_modules/$name
    mkdir -p "$lib/$from"
    cp "$from"/package.json "$from"/LICENSE* "$lib/$from/"
  done
  cp node_modules/bindings/bindings.js "$lib/node_modules/bindings/"
  cp node_modules/file-uri-to-path/index.js "$lib/node_modules/file-uri-to-path/"
  sqlite=node_modules/better-sqlite3
  cp -R $sqlite/lib "$lib/$sqlite/"
  mkdir -p "$lib/$sqlite/build/Release"
  cp $sqlite/build/Release/better_sqlite3.node "$lib/$sqlite/build/Release/"
  chmod -R u=rwX,go=rX "$lib"
  chmod 755 "$lib/dist/cli.js"
  for name in $commands; do ln -sf ../lib/domainstats/dist/cli.js "$root/bin/$name"; done

  cp -R docs README.md CHANGELOG.md LICENSE "$doc/"
  mkdir -p "$doc/samples"
  cp -R samples/siem "$doc/samples/"
  rm "$doc/docs/domainstats.1"
  for name in README.md domainstats.yaml logrotate.conf commands.conf; do place "$doc/systemd/$name" <"systemd/$name"; done
  chmod -R u=rwX,go=rX "$doc"
  place "$man" <docs/domainstats.1
  ZSH_NAME='' SHELL=/bin/bash node dist/cli.js completion | place "$bash"
  ZSH_NAME='' SHELL=/bin/zsh node dist/cli.js completion | place "$zsh"
  ZSH_NAME='' SHELL=/bin/fish node dist/cli.js completion | place "$fish"
}

place_service() {
  place "$sysusers" <systemd/sysusers.conf
  place "$tmpfiles" <systemd/tmpfiles.conf
  spaced=$(printf %s "$PREFIX" | sed 's/ /%%20/g')
  sed -e "/^Documentation=/s|/usr/local/|$spaced/|" -e "/^ExecStart=/s|/usr/local/|$PREFIX/|" \
    systemd/domainstats.service | place "$unit"
  # One for each sensor: the same, with folders of its own.
  sed -e '/^Description=/s|$| (%i)|' -e '/^\(State\|Logs\)Directory=/s|$|/%i|' \
    -e '/^ExecStart=/{s|--data [^ ]*|&/%i|;s|--output /var/log/domainstats|&/%i|}' "$unit" | place "$template"
}

# Settings that are already there stay.
place_settings() {
  data=$DESTDIR$DATADIR
  [ ! -e "$data/domainstats.yaml" ] && [ ! -e "$data/domain_stats.yaml" ] || return 0
  [ -d "$data" ] || mkdir -p -m 750 "$data"
  place "$data/domainstats.yaml" <systemd/domainstats.yaml
}

# Folders that were there before keep their rights: say so where the service could not enter one.
warn_of_closed() {
  at=$lib
  while [ "$at" != "$DESTDIR" ] && [ "$at" != / ] && [ "$at" != . ]; do
    if [ -n "$(find "$at" -prune ! -perm -005)" ]; then
      echo "install: only its owner can enter $at: the service cannot (chmod 755 '$at')" >&2
    fi
    at=$(dirname "$at")
  done
}

# Nothing of an older version may stay.
remove
[ "${1-}" != remove ] || exit 0
place_program
place_service
place_settings
warn_of_closed
