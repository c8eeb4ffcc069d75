#!/bin/sh
# Stands in for Solo5's configure.sh: the same option and variables.
set -e
prefix=/usr/local
for word do
  case $word in
    --prefix=*) prefix=${word#*=} ;;
    *) echo "unknown option $word" >&2; exit 1 ;;
  esac
done
"${HOST_PKG_CONFIG:-pkg-config}" --atleast-version=2.3.3 libseccomp
machine=$("${TARGET_CC:-cc}" -dumpmachine)
case $machine in
  x86_64-*) bindings='spt hvt virtio muen xen' ;;
  aarch64-*) bindings='spt hvt' ;;
  *) echo "unsupported target $machine" >&2; exit 1 ;;
esac
cat >Makeconf <<EOF
CONFIG_PREFIX=$prefix
CONFIG_TARGET_ARCH=${machine%%-*}
CONFIG_TARGET_CC=${TARGET_CC:-cc}
CONFIG_TARGET_LD=${TARGET_LD:-ld}
CONFIG_TARGET_OBJCOPY=${TARGET_OBJCOPY:-objcopy}
CONFIG_BINDINGS=$bindings
EOF
