#!/bin/sh
# Install the browser that the tests drive, where it is missing and where that is possible
# without asking: as root on the Debian family. Elsewhere say what to install.
set -eu

command -v chromium >/dev/null && exit 0
command -v chromium-browser >/dev/null && exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "Please install Chromium (Debian: apt-get install chromium)." >&2
  exit 1
fi

echo "Installing Chromium with apt-get, for the tests in a browser."
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null
