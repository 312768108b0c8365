# Outside: the system's libraries, packages and cargo.
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

# What the program links, with the oldest version that will do.
libraries=(
  'gtk4 >= 4.18'
  'libadwaita-1 >= 1.7'
  'libvirt >= 9.0'
  'gvnc-1.0 >= 1.3'
  'gtksourceview-5'
  'libsecret-1'
  'spice-client-glib-2.0 >= 0.42'
  'vte-2.91-gtk4 >= 0.76'
)

rust_minimum=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$project/Cargo.toml")

# Makes the environment for the named package groups and sets `environment` to
# `system` or `root`.
prepare() {
  need_cargo
  environment=system
  if ! libraries_found && is_old_debian; then
    environment=root
    make_root "$@"
    return
  fi
  install_on_system "$@"
  libraries_found || die "This system's libraries are too old (needed: ${libraries[*]}); install Posada's Flatpak, or use Debian 13, Ubuntu 26.04, Fedora 42 or newer."
}

libraries_found() {
  have pkg-config && pkg-config --exists "${libraries[@]}" 2>/dev/null
}

os_release() {
  # shellcheck disable=SC1091
  (. /etc/os-release 2>/dev/null && eval "printf '%s' \"\${$1:-}\"")
}

# Debian before 13 has a build root; testing and unstable name no version.
is_old_debian() {
  [ "$(os_release ID)" = debian ] && have apt-get || return 1
  local version
  version=$(os_release VERSION_ID)
  [ -n "$version" ] && [ "${version%%.*}" -lt 13 ]
}

# The packages of the groups GROUP… in the list FILE.
packages_of() {
  local file=$1 group
  shift
  for group; do
    sed -n "/^\[$group\]/,/^\[/{/^[[#]/d;/^\$/d;p}" "$file"
  done
}

install_on_system() {
  if have apt-get; then
    install_with apt "$project/build-aux/packages.debian" "$@"
  elif have dnf; then
    install_with dnf "$project/build-aux/packages.fedora" "$@"
  elif ! libraries_found; then
    die "Only apt and dnf are known here: install the development files of ${libraries[*]} yourself and call this again."
  fi
}

install_with() {
  local manager=$1 list=$2 package
  shift 2
  local -a missing=()
  # Debian's own tests of root need a second root with its own state.
  local -a wanted
  mapfile -t wanted < <(packages_of "$list" "$@")
  ! { [ "$manager" = apt ] && [[ " $* " == *' test '* ]]; } || wanted+=(bubblewrap)
  for package in "${wanted[@]}"; do
    "has_package_$manager" "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  install_packages "$manager" "${missing[@]}"
}

has_package_apt() {
  dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

has_package_dnf() { rpm -q --whatprovides "$1" >/dev/null 2>&1; }

# Installs packages on the system, after saying which.
install_packages() {
  local manager=$1
  shift
  local -a rights=()
  if ! is_root; then
    if ! have sudo || ! { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
      local tool=apt-get
      [ "$manager" = apt ] || tool=dnf
      die "Packages are missing that only root can install; run 'sudo $tool install $*' and call this again."
    fi
    rights=(sudo)
  fi
  say "dev: installing on the system: $*"
  if [ "$manager" = apt ]; then
    "${rights[@]}" apt-get -qq update >&2 ||
      die "The package lists could not be read: check the network and /etc/apt, then call this again."
    "${rights[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -qq --no-install-recommends install "$@" >&2 ||
      die "apt could not install the packages named above: see its message, then call this again."
  else
    "${rights[@]}" dnf -y --setopt=install_weak_deps=False install "$@" >&2 ||
      die "dnf could not install the packages named above: see its message, then call this again."
  fi
}

# Finds a cargo that is new enough, and `rust_root`, the toolchain's folder.
need_cargo() {
  local how="install Rust $rust_minimum or newer from https://rustup.rs and call this again"
  [ -d "$HOME/.cargo/bin" ] && PATH=$PATH:$HOME/.cargo/bin
  { have cargo && have rustc; } || die "There is no cargo here: $how."
  local version
  version=$(rustc --version 2>/dev/null | cut -d' ' -f2)
  [ -n "$version" ] || die "rustc does not run here: $how."
  if [ "$(printf '%s\n%s\n' "$rust_minimum" "$version" | sort -V | head -n1)" != "$rust_minimum" ]; then
    die "Rust $version is too old: $how."
  fi
  rust_root=$(rustc --print sysroot)
  cargo_home=${CARGO_HOME:-$HOME/.cargo}
}

# The crates, from the network only where they are not here yet.
fetch_crates() {
  cargo fetch --quiet --locked --offline 2>/dev/null && return
  say "dev: fetching the crates"
  cargo fetch --quiet --locked >&2 ||
    die "The crates could not be fetched: check the network (or cargo's proxy settings) and call this again."
}
