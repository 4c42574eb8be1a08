#!/bin/sh
# Install libfaketime, with which campaigns step the clock, where it is missing and where that
# is possible without asking: as root on the Debian family. Elsewhere say what to install.
set -eu

[ -z "$(find /usr/lib -name libfaketimeMT.so.1 -print -quit)" ] || exit 0
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Please install libfaketime (Debian: apt-get install faketime)." >&2
  exit 1
fi
echo "Installing libfaketime with apt-get, for the clocks of the campaigns."
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends faketime >/dev/null
