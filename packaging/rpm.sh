#!/bin/sh
# Makes the rpm of what was built, in the present folder: packaging/rpm.sh. It needs rpmbuild and binutils.
. "$(dirname "$0")/stage.sh"
date_files

# A version of rpm must not hold a hyphen; ~ sorts before the end (0.2.0~rc.1 before 0.2.0).
rpmbuild -bb --quiet --define "_topdir $work/rpm" --define "staged $root" --define "version_ $(echo "$version" | sed 's/-/~/')" \
  --define "node_least $node_least" --define "node_next $node_next" \
  --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' --define '_buildhost localhost' \
  "$home/packaging/domainstats.spec" >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  exit 1
}
for made in "$work"/rpm/RPMS/*/*.rpm; do
  mv "$made" .
  basename "$made"
done
