# Outside: the Debian 13 root for systems whose libraries are too old.
#
# $cache/debian-13/          the root
# $cache/debian-13/.packages what is installed in it; written last, so a root
#                            without this file is a broken one
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

suite=trixie
root=$cache/debian-13
# Raised when a root must be made anew for another reason than its packages.
root_format=1

# Makes, extends or mends the root so that it has the groups GROUP….
make_root() {
  # An ordinary user's root can only be made anew: with all that is ever needed.
  is_root || set -- build run headless test "$@"
  local -a wanted
  mapfile -t wanted < <(packages_of "$project/build-aux/packages.debian" "$@" | sort -u)
  ! root_has "${wanted[@]}" || return 0

  mkdir -p "$cache" || die "The folder $cache cannot be made: check its rights, or set XDG_CACHE_HOME."
  exec {root_lock}>"$cache/lock"
  if ! flock -n "$root_lock"; then
    say "dev: another call is making the build root; waiting for it"
    flock "$root_lock"
  fi
  if ! root_has "${wanted[@]}"; then
    remove_tree "$cache"/debian-13.new.*
    if [ -d "$root" ] && [ "$(root_stamp_format)" != "" ] && [ "$(root_stamp_format)" != "$root_format" ]; then
      remove_tree "$root"
    fi
    [ ! -d "$root" ] || extend_root "${wanted[@]}" || {
      say "dev: the build root is broken; making it anew"
      remove_tree "$root"
    }
    [ -d "$root" ] || bootstrap_root "${wanted[@]}"
  fi
  exec {root_lock}>&-
}

root_stamp_format() { sed -n 's/^format //p' "$root/.packages" 2>/dev/null || true; }

# Whether the root is whole and has these packages.
root_has() {
  [ -f "$root/.packages" ] && [ "$(root_stamp_format)" = "$root_format" ] || return 1
  [ -z "$(comm -13 <(grep -v ' ' "$root/.packages" | sort) <(printf '%s\n' "$@" | sort))" ]
}

# The sources for APT inside the root: this system's own mirrors, for Debian 13.
root_sources() {
  local here
  here=$(os_release VERSION_CODENAME)
  apt_entries | while read -r uri release; do
    case $release in
      "$here" | stable | oldstable) release=$suite ;;
      "$here-updates" | "$here-security") release=$suite-${release#"$here-"} ;;
      *) continue ;;
    esac
    case $uri in
      mirror*:/*) uri=$(first_mirror "$uri") ;;
    esac
    [ -z "$uri" ] || printf 'deb %s %s main\n' "${uri%/}" "$release"
  done | sort -u
}

# "URI SUITE" for each source of this system. APT itself reads its files, so
# every form that they can have is understood.
apt_entries() {
  apt-get -o Dir::State::lists=/nonexistent --print-uris update 2>/dev/null |
    sed -n "s|^'\(.*\)/dists/\([^']*\)/InRelease'.*|\1 \2|p"
}

# The first address in the list file behind a mirror+file: address.
first_mirror() {
  sed -n 's/^[[:space:]]*\([a-z+]*:[^[:space:]]*\).*/\1/p' "${1#*:}" 2>/dev/null | head -n1
}

# How this system's APT reaches its mirrors, for the APT that fills the root.
apt_network_options() {
  apt-config dump | grep -E '^Acquire::((http|https|ftp)::(Proxy|proxy)|Retries|ForceIPv[46]|Check-Valid-Until)' || true
}

# mmdebstrap's options for any small Debian made here, one a line.
bootstrap_options() {
  apt_network_options | sed '/^$/d; s/^/--aptopt=/'
  printf '%s\n' --variant=minbase --dpkgopt=force-unsafe-io \
    '--dpkgopt=path-exclude=/usr/share/doc/*' '--dpkgopt=path-exclude=/usr/share/man/*'
}

bootstrap_root() {
  local new=$cache/debian-13.new.$$ sources free
  local -a options=()
  need_root_tools
  sources=$(root_sources)
  [ -n "$sources" ] ||
    die "APT's configuration names no Debian mirror to make the build root from: add one to /etc/apt/sources.list and call this again."
  free=$(df -Pm "$cache" | awk 'NR == 2 { print $4 }')
  [ "${free:-0}" -ge 3500 ] ||
    die "The build root needs 3.5 GB in $cache and $free MB are free: make room, or set XDG_CACHE_HOME to a larger disk."
  mapfile -t options < <(bootstrap_options)
  options+=(--include="$(printf '%s\n' "$@" | paste -sd,)" --customize-hook="$(finish_script)")

  say "dev: making a Debian 13 root in $root (once; about 600 MB to fetch)"
  mkdir -p "$new"
  # shellcheck disable=SC2064
  trap "remove_tree '$new'" EXIT
  trap 'exit 130' INT
  if is_root; then
    mmdebstrap --quiet --mode=root --format=directory "${options[@]}" "$suite" "$new" - <<<"$sources" >&2
  else
    # A tar stream, since the user numbers that mmdebstrap works under can
    # usually not enter a home folder. All files become the user's own.
    mmdebstrap --quiet --mode=unshare --format=tar "${options[@]}" "$suite" - - <<<"$sources" |
      tar --extract --directory="$new" --exclude=./dev --no-same-owner
  fi || die "The Debian 13 root could not be made from the mirrors of this system ($(awk '{ print $2 }' <<<"$sources" | sort -u | paste -sd' ')): check the network and the message above, then call this again."
  write_stamp "$new" "$@"
  mv "$new" "$root"
  trap - EXIT INT
}

# Run by sh with the root's path as its argument, after packages came.
finish_script() {
  cat <<'SCRIPT'
set -e
printf '#!/bin/sh\nexit 101\n' >"$1/usr/sbin/policy-rc.d"
chmod 755 "$1/usr/sbin/policy-rc.d"
for file in resolv.conf localtime; do
  # Something to put this system's own file over.
  [ -f "$1/etc/$file" ] && ! [ -L "$1/etc/$file" ] || { rm -f "$1/etc/$file" && : >"$1/etc/$file"; }
done
# Every program would start it, and wait for it: a test that wants one starts one.
rm -f "$1"/usr/share/dbus-1/services/org.freedesktop.portal.*.service
if [ -x "$1/usr/sbin/locale-gen" ] && ! [ -e "$1/etc/locale.gen.made" ]; then
SCRIPT
  # shellcheck disable=SC2016
  printf 'printf "%%s\\n" %s | sort -u >"$1/etc/locale.gen"\n' \
    "'en_US.UTF-8 UTF-8' 'es_ES.UTF-8 UTF-8'$(user_locale)"
  cat <<'SCRIPT'
chroot "$1" locale-gen >/dev/null && : >"$1/etc/locale.gen.made"
fi
SCRIPT
}

# The user's own locale, quoted, where it is a UTF-8 one.
user_locale() {
  local name=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}
  [[ ! $name =~ ^[a-z]{2,3}_[A-Z]{2}(\.(UTF-8|utf8))$ ]] || printf " '%s UTF-8'" "${name%.*}.UTF-8"
}

write_stamp() {
  local to=$1
  shift
  { printf 'format %s\n' "$root_format" && printf '%s\n' "$@" | sort -u; } >"$to/.packages.new"
  mv "$to/.packages.new" "$to/.packages"
}

# Installs what is missing into the root that is there. An ordinary user's root
# has lost the owners of its files, so that packages cannot be added to it.
extend_root() {
  is_root || return 1
  local -a all
  mapfile -t all < <({ grep -v ' ' "$root/.packages" 2>/dev/null || true; printf '%s\n' "$@"; } | sort -u)
  say "dev: adding packages to the build root in $root"
  need_root_tools
  in_root_as_root apt-get --version >/dev/null 2>&1 || return 1
  # Fetching changes nothing yet: a root is not given up for a lost network.
  in_root_as_root sh -c '
    apt-get -qq update &&
      apt-get -y -qq --download-only --no-install-recommends install "$@"' sh "${all[@]}" >&2 ||
    [ ! -f "$root/.packages" ] ||
    die "The packages for the build root could not be fetched: check the network, then call this again."
  rm -f "$root/.packages"
  in_root_as_root sh -c '
    set -e
    export DEBIAN_FRONTEND=noninteractive
    dpkg --configure -a
    apt-get -y -qq --fix-broken --no-install-recommends install "$@"
    apt-get -qq clean
    rm -rf /var/lib/apt/lists/*_*' sh "${all[@]}" >"$cache/root.log" 2>&1 || {
    tail -n 20 "$cache/root.log" >&2
    return 1
  }
  sh -c "$(finish_script)" sh "$root" || return 1
  write_stamp "$root" "${all[@]}"
}

in_root_as_root() {
  bwrap --bind "$root" / --dev-bind /dev /dev --proc /proc --tmpfs /run --perms 1777 --tmpfs /tmp \
    --ro-bind "$(realpath /etc/resolv.conf)" /etc/resolv.conf \
    --clearenv --setenv PATH /usr/sbin:/usr/bin:/sbin:/bin --setenv LC_ALL C.UTF-8 \
    --cap-add ALL --die-with-parent --chdir / "$@"
}

need_root_tools() {
  local -a missing=()
  have mmdebstrap || missing+=(mmdebstrap)
  have bwrap || missing+=(bubblewrap)
  is_root || have newuidmap || missing+=(uidmap)
  [ ${#missing[@]} -eq 0 ] || install_packages apt "${missing[@]}"
  is_root || grep -q "^\($(id -un)\|$(id -u)\):" /etc/subuid 2>/dev/null ||
    die "The build root needs a range of user numbers for $(id -un): run 'sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $(id -un)' and call this again."
}

remove_tree() {
  local tree
  for tree; do
    [ ! -e "$tree" ] || rm -rf --one-file-system "$tree"
  done
}
