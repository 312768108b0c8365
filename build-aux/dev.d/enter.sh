# Outside: calls this script's other side inside the build environment.
# shellcheck shell=bash disable=SC2154,SC2034  # the parts share variables

# enter KIND VERB ARGS…
#
# KIND `work` is the user's own session: home, display, D-Bus, the machine's
# libvirt. KIND `test` is a world of its own, gone afterwards: own /etc, /tmp,
# /run, processes and network, so that tests can run daemons as they like.
enter() {
  local kind=$1
  shift
  local -a vars=(POSADA_DEV_INSIDE=1 "POSADA_DEV_ENVIRONMENT=$environment" CARGO_NET_OFFLINE=true)
  [ ! -f "$guest/recipe" ] || vars+=("POSADA_TEST_GUEST=$guest")
  if [ "$environment" = system ] && ! { [ "$kind" = test ] && is_root; }; then
    exec env "${vars[@]}" "$project/build-aux/dev" "$@"
  fi

  local -a binds=(--bind /sys /sys)
  scratch=
  if [ "$environment" = root ]; then
    base_of_root
    vars+=("CARGO_TARGET_DIR=$project/target/dev-root")
  else
    binds=(--bind / / "${binds[@]}")
  fi
  # Tests get devices of their own, without KVM: they ask for emulation, and
  # libvirt would first try out a /dev/kvm that may open and yet hang.
  if [ "$kind" = test ]; then
    binds+=(--dev /dev --dev-bind-try /dev/net /dev/net --dev-bind-try /dev/fuse /dev/fuse)
  else
    binds+=(--dev-bind /dev /dev)
  fi
  "binds_for_$kind"
  binds_for_project

  local status=0
  # Ctrl+C is for the inner side, which tidies up; bwrap would go down with it.
  trap '' INT
  bwrap "${binds[@]}" --cap-add ALL --die-with-parent --chdir "$project" \
    env --default-signal=INT "${vars[@]}" "$project/build-aux/dev" "$@" || status=$?
  [ -z "$scratch" ] || remove_tree "$scratch"
  exit "$status"
}

# The root's own folders on an empty file system, so that any other path can be
# put beside them without touching the root.
base_of_root() {
  local name
  for name in "$root"/*; do
    name=${name##*/}
    if [ -L "$root/$name" ]; then
      binds+=(--symlink "$(readlink "$root/$name")" "/$name")
    else
      case $name in
        usr | etc | var) binds+=(--bind "$root/$name" "/$name") ;;
      esac
    fi
  done
  binds+=(--tmpfs /usr/local --tmpfs /home --dir /root --dir /mnt --dir /media --dir /opt)
}

binds_for_work() {
  local path
  binds+=(--bind /proc /proc --bind /tmp /tmp --perms 1777 --tmpfs /var/tmp)
  if is_root; then
    # What the root's own libvirt daemon keeps must outlive the root.
    local state=$cache/state
    keep_state "$state"
    binds+=(--bind "$state/run" /run --bind "$state/etc-libvirt" /etc/libvirt
      --bind "$state/var-lib-libvirt" /var/lib/libvirt)
  else
    binds+=(--tmpfs /run --tmpfs /var/log)
    scratch=$(mktemp -d "$cache/run.XXXXXX")
    own_accounts "$scratch"
  fi
  binds+=(--bind "$HOME" "$HOME")
  compgen -G '/run/libvirt/*-sock' >/dev/null && binds+=(--bind /run/libvirt /run/libvirt)
  for path in /run/user /run/dbus /run/systemd/resolve /run/media /media /mnt /srv; do
    [ ! -e "$path" ] || binds+=(--bind "$path" "$path")
  done
  [ ! -e /etc/localtime ] || binds+=(--ro-bind "$(realpath /etc/localtime)" /etc/localtime)
  binds+=(--ro-bind "$(realpath /etc/resolv.conf)" /etc/resolv.conf)
  for path in "${XDG_RUNTIME_DIR:-}" "${XAUTHORITY:-}"; do
    [ -z "$path" ] || [ ! -e "$path" ] || binds+=(--bind "$path" "$path")
  done
}

binds_for_test() {
  mkdir -p "$cache"
  scratch=$(mktemp -d "$cache/run.XXXXXX")
  trap 'remove_tree "$scratch"' EXIT
  trap 'exit 143' TERM HUP
  local from=$root
  [ "$environment" = root ] || from=
  mkdir -p "$scratch"/{tmp,run,var-tmp,home}
  # libvirt locks the terminals of serial ports there.
  mkdir -p "$scratch/run/lock"
  chmod 1777 "$scratch/tmp" "$scratch/var-tmp" "$scratch/run/lock"
  chmod 755 "$scratch"
  binds+=(--unshare-pid --unshare-ipc --proc /proc --tmpfs /dev/shm
    --bind "$scratch/tmp" /tmp --bind "$scratch/var-tmp" /var/tmp --bind "$scratch/run" /run)
  unset DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS XAUTHORITY XDG_RUNTIME_DIR
  vars+=(HOME="$scratch/home")
  if is_root; then
    cp -a "$from/etc" "$scratch/etc"
    mkdir -p "$scratch/lib-libvirt" "$scratch/cache-libvirt" "$scratch/log/libvirt/qemu"
    cp -a "$from/var/lib/libvirt/." "$scratch/lib-libvirt" 2>/dev/null || true
    tester_account "$scratch/etc"
    # libvirt cannot make a /dev of a guest's own out of such a /dev.
    printf 'namespaces = []\n' >>"$scratch/etc/libvirt/qemu.conf"
    binds+=(--unshare-net --bind "$scratch/etc" /etc --bind "$scratch/lib-libvirt" /var/lib/libvirt
      --bind "$scratch/cache-libvirt" /var/cache/libvirt --bind "$scratch/log" /var/log)
  elif [ "$environment" = root ]; then
    own_accounts "$scratch"
    binds+=(--tmpfs /var/log)
  fi
  if [ -f "$guest/recipe" ]; then
    binds+=(--ro-bind "$guest" /run/posada-guest)
    vars+=(POSADA_TEST_GUEST=/run/posada-guest)
  fi
  # Where the tester can read it, wherever the project's folder is.
  binds+=(--bind "$scratch/home" "$scratch/home" --ro-bind "$project" /run/posada)
}

binds_for_project() {
  binds+=(--bind "$project" "$project" --bind "$cargo_home" "$cargo_home")
  local nextest
  if [ "$environment" = root ]; then
    case $rust_root in
      /usr) die "The build root needs a toolchain from rustup: install it from https://rustup.rs and call this again." ;;
      /usr/local) binds+=(--ro-bind /usr/local/bin /usr/local/bin --ro-bind /usr/local/lib /usr/local/lib) ;;
      *) binds+=(--ro-bind "$rust_root" "$rust_root") ;;
    esac
    if nextest=$(command -v cargo-nextest); then
      [[ $nextest == "$cargo_home"/* ]] || binds+=(--ro-bind "$nextest" /usr/local/bin/cargo-nextest)
    fi
  fi
  vars+=("CARGO_HOME=$cargo_home"
    "PATH=$rust_root/bin:$cargo_home/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
}

# A place for what the daemon of `work` keeps, first filled from the root.
keep_state() {
  local state=$1
  mkdir -p "$state/run/lock"
  [ -d "$state/etc-libvirt" ] || cp -a "$root/etc/libvirt" "$state/etc-libvirt" 2>/dev/null || mkdir -p "$state/etc-libvirt"
  [ -d "$state/var-lib-libvirt" ] || cp -a "$root/var/lib/libvirt" "$state/var-lib-libvirt" 2>/dev/null || mkdir -p "$state/var-lib-libvirt"
}

# An ordinary user inside the root: the root's accounts and the user's own.
own_accounts() {
  { grep -v "^$(id -un):" "$root/etc/passwd" && getent passwd "$(id -u)"; } >"$1/passwd"
  { cat "$root/etc/group" && getent group "$(id -g)"; } | awk -F: '!seen[$1]++' >"$1/group"
  binds+=(--ro-bind "$1/passwd" /etc/passwd --ro-bind "$1/group" /etc/group)
}

# The ordinary user that tests run session mode and log in as.
tester_account() {
  local etc=$1 home=$scratch/run/tester
  mkdir -p "$home"
  echo "tester:x:4242:4242:Tester:/run/tester:/bin/bash" >>"$etc/passwd"
  echo "tester:x:4242:" >>"$etc/group"
  # Its password is "posada".
  # shellcheck disable=SC2016
  echo 'tester:$6$posada$vb7oYdz6wbjLiH6PnKKqVoGkPonv6JoW6t2e8ZIMi7dQayaGHcH34ER1emHWqyXyOw3KC8H3L39LmHelf7zxi.:19000:0:99999:7:::' >>"$etc/shadow"
  chown 4242:4242 "$home"
  chmod 700 "$home"
}
