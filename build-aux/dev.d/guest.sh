# Outside: the Debian guest of the console's tests (tests/guest), made once.
#
# $cache/guest/{disk.qcow2,vmlinuz,initrd}
# $cache/guest/recipe  what it was made by; written last
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

guest=$cache/guest

# Makes the guest where this system can; tests that need it are skipped otherwise.
make_guest() {
  local recipe sources lock
  recipe=$(cat "$project"/tests/guest/* "$parts/guest.sh" | sha256sum)
  [ "$(cat "$guest/recipe" 2>/dev/null)" != "$recipe" ] || return 0
  sources=$(have apt-get && root_sources || true)
  if [ -z "$sources" ]; then
    say "dev: only a Debian system can make the tests' guest; the tests in it are skipped"
    return 0
  fi
  mkdir -p "$guest"
  exec {lock}>"$guest/lock"
  flock "$lock"
  [ "$(cat "$guest/recipe" 2>/dev/null)" = "$recipe" ] || bootstrap_guest "$recipe" "$sources"
  exec {lock}>&-
}

bootstrap_guest() {
  local recipe=$1 sources=$2 mode=unshare work=$project/target/guest.new option
  local -a options=()
  need_root_tools
  rm -f "$guest/recipe"
  ! is_root || mode=root
  mapfile -t options < <(bootstrap_options)
  options+=(
    --include="$(sed '/^#/d;/^$/d' "$project/tests/guest/packages" | paste -sd,)"
    --aptopt='APT::Install-Recommends "false"'
    --dpkgopt='path-exclude=/usr/share/locale/*'
    --essential-hook="$(cat "$project/tests/guest/prepare")"
    --customize-hook="$(cat "$project/tests/guest/customise")"
  )
  say "dev: making a Debian guest for the tests in $guest (once; about 200 MB to fetch)"
  remove_tree "$work"
  mkdir -p "$work"
  # shellcheck disable=SC2064
  trap "remove_tree '$work'" EXIT
  mmdebstrap --quiet --mode="$mode" --format=tar "${options[@]}" "$suite" - - <<<"$sources" >"$work/guest.tar" ||
    die "The tests' guest could not be made from the mirrors of this system: check the network and the message above, then call this again."
  tar --extract --to-stdout --wildcards --file="$work/guest.tar" './boot/vmlinuz-*' >"$work/vmlinuz"
  tar --extract --to-stdout --wildcards --file="$work/guest.tar" './boot/initrd.img-*' >"$work/initrd"
  # In the build environment: an older mke2fs cannot read an archive.
  "$project/build-aux/dev" exec -- sh -ec '
    cd "$1"
    mke2fs -q -t ext4 -O ^has_journal -d guest.tar disk.raw 1500M
    qemu-img convert -O qcow2 disk.raw disk.qcow2' sh "$work" ||
    die "The disk of the tests' guest could not be made; the message above says why."
  mv "$work"/{disk.qcow2,vmlinuz,initrd} "$guest/"
  chmod 644 "$guest"/{disk.qcow2,vmlinuz,initrd}
  remove_tree "$work"
  trap - EXIT
  printf '%s\n' "$recipe" >"$guest/recipe"
}
